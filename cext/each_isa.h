/* Include the header CNN_BODY once for each CNN_ISA. */
#define CNN_ISA 0
#include CNN_BODY
#undef CNN_ISA
#ifdef CNN_MULTI
#define CNN_ISA 1
#include CNN_BODY
#undef CNN_ISA
#define CNN_ISA 2
#include CNN_BODY
#undef CNN_ISA
#endif
#undef CNN_BODY
