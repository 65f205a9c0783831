#ifndef C_BLOCK_PRODUCTS_H
#define C_BLOCK_PRODUCTS_H

#include <stddef.h>

/* The innermost loop of ridge moments: in C, because Swift compiles a function for one kind of processor only.
 *
 * All pointers but the last are to vectors of four doubles, Swift's `SIMD4<Double>`. A lane never meets another one, so
 * that its bits do not depend on how many of them a processor takes at once. */

/* `sums[3 i + j] = a[i] b[j] + a[3 + i] b[3 + j] + ...` for i and j below 3: `count` products, added to zero in this
 * order, each rounded before. `a` and `b` hold 3 `count` vectors, `sums` 9. As fast as this processor can. */
void block_products(const void *a, const void *b, ptrdiff_t count, void *sums);

/* The same to the bit, by what every processor can. */
void block_products_anywhere(const void *a, const void *b, ptrdiff_t count, void *sums);

/* Asks for these bytes to be brought from memory while something else is computed. Changes and awaits nothing. */
void block_fetch_ahead(const void *bytes, ptrdiff_t count);

#endif
