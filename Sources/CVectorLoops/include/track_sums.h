#ifndef TRACK_SUMS_H
#define TRACK_SUMS_H

#include <stddef.h>

/* The loops that screen pairs of tracks for likeness: in C, because Swift compiles a function for one kind of processor
 * only. What they give is rounded differently from one processor to the next: estimates, nothing that is kept.
 *
 * A row is `width` numbers, a multiple of 8; rows that follow one another in memory are `width` apart. */

/* `products[k] = sum of row[i] others[k width + i]` for k below `count`. */
void track_products(const float *row, const float *others, ptrdiff_t width, ptrdiff_t count, float *products);

/* Three rows of a track: its numbers, their squares, and 1 where there is a number; where there is none all three are
 * 0. */
struct track_rows {
    const float *values, *squares, *presence;
};

/* What two tracks come to on the days that both have. */
struct track_pair {
    float common, products, first_sum, second_sum, first_squares, second_squares;
};

/* The sums of the track with each of `count` others, whose rows follow one another. */
void track_sums(struct track_rows track, struct track_rows others, ptrdiff_t width, ptrdiff_t count,
                struct track_pair *sums);

/* The same by what every processor can. */
void track_products_anywhere(const float *row, const float *others, ptrdiff_t width, ptrdiff_t count, float *products);
void track_sums_anywhere(struct track_rows track, struct track_rows others, ptrdiff_t width, ptrdiff_t count,
                         struct track_pair *sums);

#endif
