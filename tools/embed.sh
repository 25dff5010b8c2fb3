#!/bin/sh
# Write an assembler file that holds the named files and the table of base/embed.h.
echo '.section .rodata'
i=0
for file in "$@"; do
    printf 'name%d: .asciz "%s"\ndata%d: .incbin "%s"\nend%d: .byte 0\n' $i "$file" $i "$file" $i
    i=$((i + 1))
done
echo '.section .data.rel.ro, "aw"'
echo '.balign 8'
echo '.globl embedded_files'
echo 'embedded_files:'
i=0
for file in "$@"; do
    printf '.quad name%d, data%d, end%d - data%d\n' $i $i $i $i
    i=$((i + 1))
done
echo '.globl embedded_count'
echo '.balign 8'
printf 'embedded_count: .quad %d\n' $i
echo '.section .note.GNU-stack, "", %progbits'
