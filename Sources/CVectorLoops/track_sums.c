#include "track_sums.h"

typedef float Four __attribute__((ext_vector_type(4), aligned(4)));
typedef float Eight __attribute__((ext_vector_type(8), aligned(4)));

/* Macros: no function may be given eight lanes by one that was compiled for four. */
#define FOUR_TOTAL(v) (((v).x + (v).z) + ((v).y + (v).w))
#define EIGHT_TOTAL(v) FOUR_TOTAL((v).lo + (v).hi)

/* One row against four others at once: each number of it is loaded once for all of them. */
#define TRACK_PRODUCTS(Vector, lanes, total)                                                                           \
    do {                                                                                                               \
        ptrdiff_t place = 0;                                                                                           \
        for (; place + 4 <= count; place += 4) {                                                                       \
            const float *one = others + place * width, *two = one + width;                                             \
            const float *three = two + width, *four = three + width;                                                   \
            Vector s1 = 0, s2 = 0, s3 = 0, s4 = 0;                                                                     \
            for (ptrdiff_t day = 0; day < width; day += (lanes)) {                                                     \
                const Vector x = *(const Vector *)(row + day);                                                         \
                s1 += x * *(const Vector *)(one + day);                                                                \
                s2 += x * *(const Vector *)(two + day);                                                                \
                s3 += x * *(const Vector *)(three + day);                                                              \
                s4 += x * *(const Vector *)(four + day);                                                               \
            }                                                                                                          \
            products[place] = total(s1), products[place + 1] = total(s2);                                              \
            products[place + 2] = total(s3), products[place + 3] = total(s4);                                          \
        }                                                                                                              \
        for (; place < count; place++) {                                                                               \
            Vector s = 0;                                                                                              \
            for (ptrdiff_t day = 0; day < width; day += (lanes))                                                       \
                s += *(const Vector *)(row + day) * *(const Vector *)(others + place * width + day);                   \
            products[place] = total(s);                                                                                \
        }                                                                                                              \
    } while (0)

/* All six sums in one walk over the days. */
#define TRACK_SUMS(Vector, lanes, total)                                                                               \
    do {                                                                                                               \
        for (ptrdiff_t place = 0; place < count; place++) {                                                            \
            const ptrdiff_t start = place * width;                                                                     \
            Vector common = 0, products = 0, firsts = 0, seconds = 0, first_squares = 0, second_squares = 0;           \
            for (ptrdiff_t day = 0; day < width; day += (lanes)) {                                                     \
                const Vector x = *(const Vector *)(track.values + day);                                                \
                const Vector y = *(const Vector *)(others.values + start + day);                                       \
                const Vector has_x = *(const Vector *)(track.presence + day);                                          \
                const Vector has_y = *(const Vector *)(others.presence + start + day);                                 \
                common += has_x * has_y;                                                                               \
                products += x * y;                                                                                     \
                firsts += x * has_y;                                                                                   \
                seconds += y * has_x;                                                                                  \
                first_squares += *(const Vector *)(track.squares + day) * has_y;                                       \
                second_squares += *(const Vector *)(others.squares + start + day) * has_x;                             \
            }                                                                                                          \
            sums[place].common = total(common), sums[place].products = total(products);                                \
            sums[place].first_sum = total(firsts), sums[place].second_sum = total(seconds);                            \
            sums[place].first_squares = total(first_squares), sums[place].second_squares = total(second_squares);      \
        }                                                                                                              \
    } while (0)

void track_products_anywhere(const float *row, const float *others, ptrdiff_t width, ptrdiff_t count,
                             float *products) {
    TRACK_PRODUCTS(Four, 4, FOUR_TOTAL);
}

void track_sums_anywhere(struct track_rows track, struct track_rows others, ptrdiff_t width, ptrdiff_t count,
                         struct track_pair *sums) {
    TRACK_SUMS(Four, 4, FOUR_TOTAL);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void eight_products(const float *row, const float *others, ptrdiff_t width,
                                                               ptrdiff_t count, float *products) {
    TRACK_PRODUCTS(Eight, 8, EIGHT_TOTAL);
}

__attribute__((target("avx2,fma"))) static void eight_sums(struct track_rows track, struct track_rows others,
                                                           ptrdiff_t width, ptrdiff_t count, struct track_pair *sums) {
    TRACK_SUMS(Eight, 8, EIGHT_TOTAL);
}

static int has_eight_lanes(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

void track_products(const float *row, const float *others, ptrdiff_t width, ptrdiff_t count, float *products) {
#if defined(__x86_64__)
    if (has_eight_lanes()) {
        eight_products(row, others, width, count, products);
        return;
    }
#endif
    track_products_anywhere(row, others, width, count, products);
}

void track_sums(struct track_rows track, struct track_rows others, ptrdiff_t width, ptrdiff_t count,
                struct track_pair *sums) {
#if defined(__x86_64__)
    if (has_eight_lanes()) {
        eight_sums(track, others, width, count, sums);
        return;
    }
#endif
    track_sums_anywhere(track, others, width, count, sums);
}
