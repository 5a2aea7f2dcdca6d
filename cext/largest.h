/* The largest of many quotients, lane by lane: a division for each lane instead of each quotient. */
#ifndef CIRCUITNN_LARGEST_H
#define CIRCUITNN_LARGEST_H
#include <stddef.h>

enum { CNN_SOME = 64 }; /* most lanes */

typedef struct {
    ptrdiff_t lanes;
    double top[CNN_SOME], bottom[CNN_SOME];
} cnn_quotients;

/* Lane k ← a/b if that is larger, or not a number; a ≥ 0, b ≥ 0. */
#define CNN_LARGER(quotients, k, a, b)                                                            \
    do {                                                                                          \
        const double a_ = (a), b_ = (b), top_ = (quotients)->top[k], bottom_ = (quotients)->bottom[k]; \
        const int more_ = !(a_ * bottom_ <= top_ * b_) & (top_ == top_);                          \
        (quotients)->top[k] = more_ ? a_ : top_;                                                  \
        (quotients)->bottom[k] = more_ ? b_ : bottom_;                                            \
    } while (0)

/* No quotients yet; at most n will come. */
static inline void cnn_no_quotients(cnn_quotients *q, ptrdiff_t n)
{
    q->lanes = n < CNN_SOME ? n : CNN_SOME;
    for (ptrdiff_t k = 0; k < q->lanes; k++)
        q->top[k] = 0.0, q->bottom[k] = 1.0;
}

/* The largest of all, and of `found`; NaN counts as the largest. */
static inline double cnn_largest(const cnn_quotients *q, double found)
{
    for (ptrdiff_t k = 0; k < q->lanes; k++) {
        const double quotient = q->top[k] / q->bottom[k];
        found = quotient <= found ? found : quotient;
    }
    return found;
}
#endif
