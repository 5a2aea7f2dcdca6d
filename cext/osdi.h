/* The interface of libraries compiled from Verilog-A, OSDI 0.3, as far as it is used here.
 *
 * Later versions append fields to the descriptor: its stride is then OSDI_DESCRIPTOR_SIZE. Declared from the layout,
 * not from anybody's header. */
#ifndef CIRCUITNN_OSDI_H
#define CIRCUITNN_OSDI_H
#include <stdbool.h>
#include <stdint.h>

enum { OSDI_STRIDE = 240 };                  /* bytes of a descriptor of version 0.3 */
enum { OSDI_DELAYS = 348, OSDI_WITH_DELAYS = 360 };  /* 0.5: where the number of delays is, and the stride then */
#define OSDI_ABSENT UINT32_MAX               /* of offsets; of nodes: ground */
enum { OSDI_SET = 1, OSDI_INSTANCE = 4 };    /* access */
enum { OSDI_REAL = 0, OSDI_INTEGER = 1, OSDI_STRING = 2, OSDI_TYPE = 3, OSDI_OF_INSTANCE = 1 };
enum { OSDI_HAS_RESIST = 4, OSDI_HAS_REACT = 8 };                                    /* entries of the Jacobian */
enum { OSDI_ALL = 15, OSDI_REACT_JACOBIAN = 8, OSDI_NOISE = 16, OSDI_DC = 2048, OSDI_TRAN = 8192, OSDI_STATIC = 32768 };
enum { OSDI_FATAL = 2 };                     /* answers of eval */

typedef struct {
    char *name, *units, *residual_units;
    uint32_t resist_residual, react_residual, resist_limit, react_limit;
    bool is_flow;
} osdi_node;

typedef struct { uint32_t row, column, react_pointer, flags; } osdi_entry;
typedef struct { uint32_t first, second; } osdi_pair;
typedef struct { char *name; osdi_pair nodes; } osdi_noise;

typedef struct {
    char **names;                            /* and aliases */
    uint32_t aliases;
    char *description, *units;
    uint32_t flags, length;
} osdi_parameter;

typedef struct { char **names; double *values; char **text_names, **texts; } osdi_settings;

typedef struct {
    osdi_settings settings;
    double time, *solution, *state, *next_state;
    uint32_t flags;
} osdi_point;

typedef struct { uint32_t code, parameter; } osdi_fault;
typedef struct { uint32_t flags, count; osdi_fault *faults; } osdi_outcome;

typedef struct {
    char *name;
    uint32_t nodes_count, terminals_count;
    osdi_node *nodes;
    uint32_t entries_count;
    osdi_entry *entries;
    uint32_t collapsible_count;
    osdi_pair *collapsible;
    uint32_t collapsed;
    osdi_noise *noises;
    uint32_t noises_count, parameters_count, instance_parameters_count, values_count;
    osdi_parameter *parameters;
    uint32_t node_mapping, resist_pointers, states_count, state_index, bound_step, instance_size, model_size;
    void *(*access)(void *instance, void *model, uint32_t id, uint32_t flags);
    void (*setup_model)(void *log, void *model, osdi_settings *settings, osdi_outcome *outcome);
    void (*setup_instance)(void *log, void *instance, void *model, double kelvin, uint32_t connected,
                           osdi_settings *settings, osdi_outcome *outcome);
    uint32_t (*eval)(void *log, void *instance, void *model, osdi_point *point);
    void (*load_noise)(void *instance, void *model, double hertz, double *densities);
    void (*residual_resist)(void *instance, void *model, double *into);
    void (*residual_react)(void *instance, void *model, double *into);
    void (*limit_resist)(void *instance, void *model, double *into);
    void (*limit_react)(void *instance, void *model, double *into);
    void (*spice_dc)(void *instance, void *model, double *into, double *solution);
    void (*spice_tran)(void *instance, void *model, double *into, double *solution, double alpha);
    void (*jacobian_resist)(void *instance, void *model);
    void (*jacobian_react)(void *instance, void *model, double alpha);
    void (*jacobian_tran)(void *instance, void *model, double alpha);
} osdi_descriptor;

_Static_assert(sizeof(void *) != 8 || sizeof(osdi_descriptor) == OSDI_STRIDE, "layout of the descriptor");
_Static_assert(sizeof(void *) != 8 || sizeof(osdi_node) == 48, "layout of a node");
_Static_assert(sizeof(void *) != 8 || sizeof(osdi_parameter) == 40, "layout of a parameter");
_Static_assert(sizeof(void *) != 8 || sizeof(osdi_point) == 72, "layout of a point");

typedef void (*osdi_writer)(void *log, char *message, uint32_t level);
typedef struct { char *name; uint32_t arguments; void *function; } osdi_limiter;
#endif
