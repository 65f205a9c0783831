/* X'X by OpenBLAS: dsyrk ROWS COLUMNS ROUNDS. Prints the seconds of each call.
 *
 * X is as rows come, row after row; the number of threads is OpenBLAS's own choice (OPENBLAS_NUM_THREADS). */
#include <cblas.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "dsyrk ROWS COLUMNS ROUNDS\n");
        return 2;
    }
    const int64_t rows = atoll(arguments[1]), columns = atoll(arguments[2]);
    const int rounds = atoi(arguments[3]);
    double *x = malloc((size_t)(rows * columns) * sizeof *x);
    double *products = calloc((size_t)(columns * columns), sizeof *x);
    if (!x || !products) return 1;
    uint64_t state = 88172645463325252ull;
    for (int64_t place = 0; place < rows * columns; place++) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        x[place] = (double)((int64_t)(state >> 11) - (1ll << 52)) * 0x1p-52;
    }
    for (int round = 0; round < rounds; round++) {
        const double begin = now();
        cblas_dsyrk(
            CblasRowMajor, CblasUpper, CblasTrans, (int)columns, (int)rows, 1.0, x, (int)columns, 0.0, products,
            (int)columns);
        printf("%.6f\n", now() - begin);
    }
    fprintf(stderr, "%g\n", products[1]);
    return 0;
}
