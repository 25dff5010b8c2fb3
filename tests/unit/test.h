/* cmocka with the headers it wants before it. */
#ifndef ROLLCALL_TEST_H
#define ROLLCALL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
