#include "block_products.h"

/* A product is rounded before it is added, also where a processor could do both at once: that would be other bits. */
#pragma STDC FP_CONTRACT OFF

typedef double Pair __attribute__((ext_vector_type(2)));
/* A Swift array of them begins at any multiple of 16 bytes. */
typedef double Four __attribute__((ext_vector_type(4), aligned(16)));

/* Six loads for nine products: fifteen registers of the sixteen that every x86-64 has, and one for a product. Neighbors
 * lie `step` vectors apart. */
#define ADD_PRODUCTS(Vector, a, b, count, step, sums)                                                                  \
    do {                                                                                                               \
        const Vector *left = (a), *right = (b);                                                                        \
        Vector s00 = 0, s01 = 0, s02 = 0, s10 = 0, s11 = 0, s12 = 0, s20 = 0, s21 = 0, s22 = 0;                        \
        for (ptrdiff_t place = 0; place < (count); place++) {                                                          \
            const Vector a0 = left[0], a1 = left[(step)], a2 = left[2 * (step)];                                       \
            const Vector b0 = right[0], b1 = right[(step)], b2 = right[2 * (step)];                                    \
            s00 += a0 * b0, s01 += a0 * b1, s02 += a0 * b2;                                                            \
            s10 += a1 * b0, s11 += a1 * b1, s12 += a1 * b2;                                                            \
            s20 += a2 * b0, s21 += a2 * b1, s22 += a2 * b2;                                                            \
            left += 3 * (step);                                                                                        \
            right += 3 * (step);                                                                                       \
        }                                                                                                              \
        Vector *sum = (sums);                                                                                          \
        sum[0] = s00, sum[(step)] = s01, sum[2 * (step)] = s02;                                                        \
        sum[3 * (step)] = s10, sum[4 * (step)] = s11, sum[5 * (step)] = s12;                                           \
        sum[6 * (step)] = s20, sum[7 * (step)] = s21, sum[8 * (step)] = s22;                                           \
    } while (0)

/* Two lanes, then the other two. */
void block_products_anywhere(const void *a, const void *b, ptrdiff_t count, void *sums) {
    for (int half = 0; half < 2; half++)
        ADD_PRODUCTS(Pair, (const Pair *)a + half, (const Pair *)b + half, count, 2, (Pair *)sums + half);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void four_lanes(const void *a, const void *b, ptrdiff_t count, void *sums) {
    ADD_PRODUCTS(Four, a, b, count, 1, sums);
}
#endif

void block_products(const void *a, const void *b, ptrdiff_t count, void *sums) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        four_lanes(a, b, count, sums);
        return;
    }
#endif
    block_products_anywhere(a, b, count, sums);
}

void block_fetch_ahead(const void *bytes, ptrdiff_t count) {
    /* Into the second cache: the first is full of what is being multiplied. */
    for (ptrdiff_t place = 0; place < count; place += 64) __builtin_prefetch((const char *)bytes + place, 0, 2);
}
