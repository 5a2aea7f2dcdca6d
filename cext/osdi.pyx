"""Compiled Verilog-A: modules of a library with the OSDI interface as kernels of devices.

An evaluation is a function of the unknowns, the instance's numbers and the time alone, as that of any
kernel: a device is set up anew when its numbers differ from those of the last evaluation. Devices are made
when they are first evaluated, in blocks that never move, so that threads may evaluate different devices of
one group.
"""

from cpython.pythread cimport (
    WAIT_LOCK, PyThread_acquire_lock, PyThread_allocate_lock, PyThread_free_lock, PyThread_release_lock,
)
from libc.math cimport NAN, isnan
from libc.stdint cimport int32_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset, strlen

import os

import numpy as np

from circuitnn._cext.kernel cimport CNN_GMIN, CNN_TIME, KernelHandle, cnn_eval

cdef extern from "dlfcn.h" nogil:
    int RTLD_NOW, RTLD_LOCAL, RTLD_GLOBAL
    void *dlopen(const char *file, int mode)
    void *dlsym(void *library, const char *name)
    char *dlerror()

cdef extern from "osdi.h" nogil:
    enum:
        OSDI_STRIDE, OSDI_DELAYS, OSDI_WITH_DELAYS, OSDI_SET, OSDI_INSTANCE, OSDI_INTEGER, OSDI_TYPE
        OSDI_HAS_RESIST, OSDI_HAS_REACT, OSDI_REACT_JACOBIAN, OSDI_ALL, OSDI_NOISE
        OSDI_DC, OSDI_TRAN, OSDI_STATIC, OSDI_FATAL
    uint32_t OSDI_ABSENT
    ctypedef struct osdi_node:
        char *name
        char *units
        uint32_t resist_residual, react_residual
        bint is_flow
    ctypedef struct osdi_entry:
        uint32_t row, column, react_pointer, flags
    ctypedef struct osdi_pair:
        uint32_t first, second
    ctypedef struct osdi_noise:
        char *name
        osdi_pair nodes
    ctypedef struct osdi_parameter:
        char **names
        uint32_t aliases, flags, length
        char *description
        char *units
    ctypedef struct osdi_settings:
        char **names
        double *values
        char **text_names
        char **texts
    ctypedef struct osdi_point:
        osdi_settings settings
        double time
        double *solution
        double *state
        double *next_state
        uint32_t flags
    ctypedef struct osdi_fault:
        uint32_t code, parameter
    ctypedef struct osdi_outcome:
        uint32_t flags, count
        osdi_fault *faults
    ctypedef struct osdi_descriptor:
        char *name
        uint32_t nodes_count, terminals_count, entries_count, collapsible_count, collapsed, noises_count
        uint32_t parameters_count, instance_parameters_count, node_mapping, resist_pointers, states_count
        uint32_t state_index, bound_step, instance_size, model_size
        osdi_node *nodes
        osdi_entry *entries
        osdi_pair *collapsible
        osdi_noise *noises
        osdi_parameter *parameters
        void *(*access)(void *instance, void *model, uint32_t id, uint32_t flags) noexcept nogil
        void (*setup_model)(void *log, void *model, osdi_settings *settings,
                            osdi_outcome *outcome) noexcept nogil
        void (*setup_instance)(void *log, void *instance, void *model, double kelvin, uint32_t connected,
                               osdi_settings *settings, osdi_outcome *outcome) noexcept nogil
        uint32_t (*eval)(void *log, void *instance, void *model, osdi_point *point) noexcept nogil
        void (*load_noise)(void *instance, void *model, double hertz, double *densities) noexcept nogil
        void (*residual_resist)(void *instance, void *model, double *into) noexcept nogil
        void (*residual_react)(void *instance, void *model, double *into) noexcept nogil
        void (*jacobian_resist)(void *instance, void *model) noexcept nogil
        void (*jacobian_react)(void *instance, void *model, double alpha) noexcept nogil
    ctypedef void (*osdi_writer)(void *log, char *message, uint32_t level) noexcept nogil
    ctypedef struct osdi_limiter:
        char *name
        void *function

cdef enum:
    MESSAGE = 400       # characters of a device's last message that are kept
    BLOCK = 1024        # devices whose addresses lie together
    BLOCKS = 65536
    READY = 1           # status of a device: set up
    REFUSED = -1        # … or not, see its message
cdef double KELVIN = 273.15

# What a module may ask for by $simparam, and answers; gmin is that of the simulation.
cdef char *NAMES[10]
cdef double ANSWERS[9]
NAMES[:] = [b"gmin", b"tnom", b"sourceScaleFactor", b"iniLim", b"simulatorVersion", b"scale", b"shrink",
            b"epsmin", b"gdev", NULL]
ANSWERS[:] = [1e-12, 27.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1e-28, 0.0]
cdef char *NO_TEXTS[1]
NO_TEXTS[0] = NULL


cdef void keep_message(void *log, char *message, uint32_t level) noexcept nogil:
    """Keep the last message for the error that a refused device becomes; devices print nothing themselves."""
    cdef size_t size
    if log == NULL or message == NULL:
        return
    size = min(strlen(message), <size_t>MESSAGE - 1)
    memcpy(log, message, size)
    (<char *>log)[size] = 0


cdef double unlimited(bint begin, bint *check, double new, double old) noexcept nogil:
    """In place of the limiting functions: this package's own Newton method limits the steps."""
    return new


cdef struct Device:
    char *model
    char *instance
    double *given       # the numbers for which it is set up
    double *x           # unknowns by node, ground last; also f, q
    double *f
    double *q
    double *g           # entries of the Jacobian
    double *c
    double *state
    char message[400]
    int status          # 0: made only


cdef class Module:
    """A module of a library.

    Attributes
    ----------
    name : str
    terminals : int
    nodes : tuple of (name, unit, is a flow, has currents, has charges)
        Terminals first.
    entries : tuple of (row, column, has conductance, has capacitance)
    collapsible : tuple of (int, int)
        Nodes that parameters may join; the second is -1 for ground.
    parameters : tuple of (names, type, of the instance, length, description, unit)
        Type 0 is real, 1 integer, 2 string.
    noises : tuple of (name, int, int)
    bounds_steps, delays : bool
        Whether it may ask for time steps; whether it has an ``absdelay``.
    """

    cdef const osdi_descriptor *d
    cdef readonly str name
    cdef readonly Py_ssize_t terminals
    cdef readonly tuple nodes, entries, collapsible, parameters, noises
    cdef readonly bint bounds_steps, delays
    cdef tuple origin       # path of the library, and the module's number in it

    def __reduce__(self):
        """Another process loads the same library."""
        return module_of_library, self.origin

    cdef read(self, const osdi_descriptor *d, uint32_t size, tuple origin):
        cdef Py_ssize_t k
        self.origin = origin
        self.d = d
        self.name, self.terminals = text(d.name), d.terminals_count
        self.bounds_steps = d.bound_step != OSDI_ABSENT
        self.delays = size >= OSDI_WITH_DELAYS and (<const uint32_t *>d)[OSDI_DELAYS // sizeof(uint32_t)] > 0
        self.nodes = tuple([
            (text(d.nodes[k].name), text(d.nodes[k].units), bool(d.nodes[k].is_flow),
             d.nodes[k].resist_residual != OSDI_ABSENT, d.nodes[k].react_residual != OSDI_ABSENT)
            for k in range(d.nodes_count)
        ])
        self.entries = tuple([
            (d.entries[k].row, d.entries[k].column, bool(d.entries[k].flags & OSDI_HAS_RESIST),
             bool(d.entries[k].flags & OSDI_HAS_REACT))
            for k in range(d.entries_count)
        ])
        self.collapsible = tuple([
            (d.collapsible[k].first, number(d.collapsible[k].second)) for k in range(d.collapsible_count)
        ])
        self.noises = tuple([
            (text(d.noises[k].name), number(d.noises[k].nodes.first), number(d.noises[k].nodes.second))
            for k in range(d.noises_count)
        ])
        self.parameters = tuple([self._parameter(k) for k in range(d.parameters_count)])

    def _parameter(self, Py_ssize_t k):
        cdef const osdi_parameter *p = &self.d.parameters[k]
        names = tuple([text(p.names[i]) for i in range(p.aliases + 1)])
        kind = p.flags & OSDI_TYPE
        return names, kind, k < self.d.instance_parameters_count, p.length, text(p.description), text(p.units)


cdef str text(const char *words):
    return "" if words == NULL else words.decode("utf-8", "replace")


cdef Py_ssize_t number(uint32_t node) noexcept:
    return -1 if node == OSDI_ABSENT else <Py_ssize_t>node


def read_library(str path):
    """Load a library, whose code may run from then on, and list its modules.

    Parameters
    ----------
    path : str

    Returns
    -------
    list of Module

    Raises
    ------
    OSError
        The file is no library that can be loaded.
    ValueError
        It does not have the interface, or another version of it.
    """
    cdef void *library
    cdef uint32_t *at
    cdef uint32_t major, minor, count, stride = OSDI_STRIDE
    cdef Py_ssize_t k
    cdef char *first
    cdef Module module
    dlopen(b"libm.so.6", RTLD_NOW | RTLD_GLOBAL)  # libraries call exp, and name no library that has it
    library = dlopen(os.fsencode(path), RTLD_NOW | RTLD_LOCAL)
    if library == NULL:
        raise OSError(text(dlerror()))
    versions = []
    for name in (b"OSDI_VERSION_MAJOR", b"OSDI_VERSION_MINOR", b"OSDI_NUM_DESCRIPTORS"):
        at = <uint32_t *>dlsym(library, name)
        if at == NULL:
            raise ValueError(f"it has no {name.decode()}: no library of compiled Verilog-A")
        versions.append(at[0])
    major, minor, count = versions
    if major != 0 or minor < 3:
        raise ValueError(f"its interface is OSDI {major}.{minor}; 0.3 and later versions 0.x can be read")
    at = <uint32_t *>dlsym(library, b"OSDI_DESCRIPTOR_SIZE")
    if at != NULL:
        stride = at[0]
    if stride < OSDI_STRIDE:
        raise ValueError(f"its descriptors have {stride} bytes, fewer than OSDI 0.3 has")
    first = <char *>dlsym(library, b"OSDI_DESCRIPTORS")
    if first == NULL:
        raise ValueError("it has no OSDI_DESCRIPTORS")
    give_services(library)
    modules = []
    for k in range(count):
        module = Module.__new__(Module)
        module.read(<const osdi_descriptor *>(first + k * stride), stride, (path, k))
        modules.append(module)
    return modules


def module_of_library(str path, Py_ssize_t k):
    """Module k of a library."""
    return read_library(path)[k]


cdef give_services(void *library):
    """Give a library the functions that it calls: for messages, and for the limiting of voltages."""
    cdef osdi_writer *writer = <osdi_writer *>dlsym(library, b"osdi_log")
    cdef uint32_t *count = <uint32_t *>dlsym(library, b"OSDI_LIM_TABLE_LEN")
    cdef osdi_limiter *limiters = <osdi_limiter *>dlsym(library, b"OSDI_LIM_TABLE")
    cdef Py_ssize_t k
    if writer != NULL:
        writer[0] = keep_message
    if count != NULL and limiters != NULL:
        for k in range(count[0]):
            limiters[k].function = <void *>unlimited


cdef class Devices:
    """Devices of one module, with one set of nodes that are joined.

    Parameters
    ----------
    module : Module
    parameters : sequence of int
        Number of the module's parameter that each column gives, where it is not NaN; afterwards come the
        columns of the temperature [°C] and of the number of devices in parallel.
    multiplier : int
        Number of the parameter ``$mfactor``, or -1.
    inputs : array of int, shape (nodes,)
        Local unknown of each node; -1 is ground.
    sizes : (int, int)
        Numbers of local unknowns and of outputs.
    rows : sequence of arrays of int
        Output of each node's current and charge, and of each entry's conductance and capacitance; -1: none.
    """

    cdef Module module
    cdef const osdi_descriptor *d
    cdef Py_ssize_t columns, unknowns, outputs, multiplier
    cdef int32_t[::1] parameters, inputs, f_rows, q_rows, g_rows, c_rows
    cdef Device ***blocks
    cdef void *lock

    def __cinit__(self, Module module not None, parameters, multiplier, inputs, sizes, rows):
        self.module, self.d = module, module.d
        self.parameters = np.append(parameters, -1).astype(np.int32)
        self.columns, self.multiplier = len(parameters) + 2, multiplier
        self.inputs = np.append(inputs, -1).astype(np.int32)
        self.unknowns, self.outputs = sizes
        self.f_rows, self.q_rows, self.g_rows, self.c_rows = (
            np.append(each, -1).astype(np.int32) for each in rows
        )
        self.blocks = <Device ***>calloc(BLOCKS, sizeof(Device **))
        self.lock = PyThread_allocate_lock()
        if self.blocks == NULL or self.lock == NULL:
            raise MemoryError

    def __dealloc__(self):
        cdef Py_ssize_t i, k
        if self.blocks != NULL:
            for i in range(BLOCKS):
                if self.blocks[i] != NULL:
                    for k in range(BLOCK):
                        free(self.blocks[i][k])
                    free(self.blocks[i])
            free(self.blocks)
        if self.lock != NULL:
            PyThread_free_lock(self.lock)

    def handle(self):
        """Return the kernel in callable form."""
        cdef KernelHandle handle = KernelHandle.__new__(KernelHandle)
        handle.eval, handle.context, handle.owner = <cnn_eval>evaluate, <const void *>self, self
        handle.n_inputs, handle.n_columns, handle.n_outputs = self.unknowns, self.columns, self.outputs
        handle.backend = "osdi"
        return handle

    def joined(self, double[:, ::1] columns, Py_ssize_t k):
        """Set device k up with its numbers, shape (columns, n), and find the pairs of nodes that these join.

        Returns
        -------
        tuple of bool
            For each of the module's collapsible pairs.

        Raises
        ------
        ValueError
            The module refuses the numbers; with its words.
        """
        cdef Device *device = self.ready(&columns[0, 0], columns.shape[1], k, 1e-12)
        cdef char *joined
        if device == NULL:
            raise MemoryError
        if device.status == REFUSED:
            raise ValueError(device.message.decode("utf-8", "replace"))
        joined = device.instance + self.d.collapsed
        return tuple([bool(joined[i]) for i in range(self.d.collapsible_count)])

    def integrates(self, double[:, ::1] columns):
        """Whether device 0 has an ``idt``: its static equations are others where charges are asked for."""
        cdef Device *device = self.ready(&columns[0, 0], columns.shape[1], 0, 1e-12)
        cdef Py_ssize_t k
        if device == NULL or device.status != READY:
            return False
        for k in range(self.d.nodes_count):
            device.x[k] = 0.1 + 0.05 * k
        self.solve(device, 0.0, 1e-12, OSDI_ALL)
        f = np.array(<double[:self.d.nodes_count + 1]>device.f)
        g = np.array(<double[:self.d.entries_count + 1]>device.g)
        self.solve(device, 0.0, 1e-12, OSDI_ALL & ~OSDI_REACT_JACOBIAN)
        return not (
            np.array_equal(f, <double[:self.d.nodes_count + 1]>device.f, equal_nan=True)
            and np.array_equal(g, <double[:self.d.entries_count + 1]>device.g, equal_nan=True)
        )

    def noise(self, double[:, ::1] x, double[:, ::1] columns, double gmin, double[::1] hertz):
        """Densities of the module's sources of noise.

        Parameters
        ----------
        x, columns : array
            As for an evaluation.
        gmin : float
            [S]
        hertz : array, shape (m,)

        Returns
        -------
        ndarray, shape (sources, n, m)
            [A²/Hz] of a current
        """
        cdef Py_ssize_t n = x.shape[1], k, i
        cdef Device *device
        cdef double[::1] densities = np.zeros(self.d.noises_count + 1)
        result = np.zeros((self.d.noises_count, n, hertz.shape[0]))
        cdef double[:, :, ::1] out = result
        for k in range(n):
            device = self.ready(&columns[0, 0], n, k, gmin)
            if device == NULL:
                raise MemoryError
            self.place(device, &x[0, 0], n, k)
            self.solve(device, 0.0, gmin, OSDI_ALL | OSDI_NOISE)
            for i in range(hertz.shape[0]):
                self.d.load_noise(device.instance, device.model, hertz[i], &densities[0])
                for j in range(self.d.noises_count):
                    out[j, k, i] = densities[j]
        return result

    cdef Device *device(self, Py_ssize_t k) noexcept nogil:
        """The device of a number, made at first; NULL without memory."""
        cdef Device **block
        if k >= <Py_ssize_t>BLOCK * BLOCKS:
            return NULL
        block = self.blocks[k // BLOCK]
        if block == NULL:
            PyThread_acquire_lock(self.lock, WAIT_LOCK)
            if self.blocks[k // BLOCK] == NULL:
                self.blocks[k // BLOCK] = <Device **>calloc(BLOCK, sizeof(Device *))
            block = self.blocks[k // BLOCK]
            PyThread_release_lock(self.lock)
            if block == NULL:
                return NULL
        if block[k % BLOCK] == NULL:
            block[k % BLOCK] = self.make()
        return block[k % BLOCK]

    cdef Device *make(self) noexcept nogil:
        """A device without numbers, in one piece of memory."""
        cdef Py_ssize_t nodes = self.d.nodes_count + 1, entries = self.d.entries_count + 1
        cdef Py_ssize_t numbers = self.columns + 3 * nodes + 2 * entries + 2 * (self.d.states_count + 1)
        cdef Py_ssize_t head = (sizeof(Device) + 15) // 16 * 16, model = (self.d.model_size + 15) // 16 * 16
        cdef Py_ssize_t instance = (self.d.instance_size + 15) // 16 * 16
        cdef char *memory = <char *>calloc(1, head + model + instance + numbers * sizeof(double))
        cdef Device *device = <Device *>memory
        if memory == NULL:
            return NULL
        device.model, device.instance = memory + head, memory + head + model
        device.given = <double *>(memory + head + model + instance)
        device.x = device.given + self.columns
        device.f, device.q = device.x + nodes, device.x + 2 * nodes
        device.g = device.x + 3 * nodes
        device.c = device.g + entries
        device.state = device.c + entries
        return device

    cdef Device *ready(self, const double *columns, Py_ssize_t n, Py_ssize_t k, double gmin) noexcept nogil:
        """Device k, set up for its numbers."""
        cdef Device *device = self.device(k)
        cdef Py_ssize_t i
        if device == NULL:
            return NULL
        if device.status != 0:
            for i in range(self.columns):
                if memcmp(&device.given[i], &columns[i * n + k], sizeof(double)):
                    break
            else:
                return device
        for i in range(self.columns):
            device.given[i] = columns[i * n + k]
        device.status = self.set_up(device, gmin)
        return device

    cdef int set_up(self, Device *device, double gmin) noexcept nogil:
        """Give a device its numbers; answers READY, or REFUSED with a message."""
        cdef osdi_settings settings
        cdef osdi_outcome outcome
        cdef double answers[9]
        cdef double *temperature = device.given + self.columns - 2
        memset(device.model, 0, self.d.model_size)
        memset(device.instance, 0, self.d.instance_size)
        memcpy(answers, ANSWERS, sizeof(answers))
        answers[0] = gmin
        settings.names, settings.values = NAMES, answers
        settings.text_names, settings.texts = NO_TEXTS, NO_TEXTS
        device.message[0] = 0
        self.give(device, False)
        memset(&outcome, 0, sizeof(outcome))
        self.d.setup_model(device.message, device.model, &settings, &outcome)
        if outcome.count:
            return self.refuse(device, &outcome)
        self.give(device, True)
        memset(&outcome, 0, sizeof(outcome))
        self.d.setup_instance(device.message, device.instance, device.model, temperature[0] + KELVIN,
                              self.d.terminals_count, &settings, &outcome)
        if outcome.count:
            return self.refuse(device, &outcome)
        self.connect(device)
        return READY

    cdef int refuse(self, Device *device, osdi_outcome *outcome) noexcept nogil:
        """Name the first parameter that is out of its range."""
        cdef uint32_t parameter = outcome.faults[0].parameter
        if outcome.faults[0].code == 1 and parameter < self.d.parameters_count:
            keep_message(device.message, self.d.parameters[parameter].names[0], 0)
        free(outcome.faults)
        return REFUSED

    cdef void give(self, Device *device, bint instance) noexcept nogil:
        """Write the parameters of the model, or those of the instance."""
        cdef Py_ssize_t i
        cdef bint own
        cdef void *owner = device.instance if instance else NULL
        cdef uint32_t how = OSDI_SET | (OSDI_INSTANCE if instance else 0)
        for i in range(self.columns - 2):
            own = self.parameters[i] < <int32_t>self.d.instance_parameters_count
            if isnan(device.given[i]) or own != instance:
                continue
            self.write(self.d.access(owner, device.model, self.parameters[i], how),
                       self.parameters[i], device.given[i])
        if instance and self.multiplier >= 0:
            self.write(self.d.access(owner, device.model, self.multiplier, how),
                       self.multiplier, device.given[self.columns - 1])

    cdef void write(self, void *at, Py_ssize_t parameter, double value) noexcept nogil:
        if at == NULL:
            return
        if (self.d.parameters[parameter].flags & OSDI_TYPE) == OSDI_INTEGER:
            (<int32_t *>at)[0] = <int32_t>(value + 0.5 if value >= 0.0 else value - 0.5)
        else:
            (<double *>at)[0] = value

    cdef void connect(self, Device *device) noexcept nogil:
        """Let the device read and write its own vectors, node by node and entry by entry."""
        cdef uint32_t *mapping = <uint32_t *>(device.instance + self.d.node_mapping)
        cdef double **pointers = <double **>(device.instance + self.d.resist_pointers)
        cdef uint32_t *states = <uint32_t *>(device.instance + self.d.state_index)
        cdef uint32_t k
        for k in range(self.d.nodes_count):
            mapping[k] = k
        for k in range(self.d.entries_count):
            pointers[k] = &device.g[k]
            if self.d.entries[k].react_pointer != OSDI_ABSENT:
                (<double **>(device.instance + self.d.entries[k].react_pointer))[0] = &device.c[k]
        for k in range(self.d.states_count):
            states[k] = k

    cdef void place(self, Device *device, const double *x, Py_ssize_t n, Py_ssize_t k) noexcept nogil:
        """Copy the unknowns of device k to its nodes."""
        cdef Py_ssize_t i
        for i in range(self.d.nodes_count):
            device.x[i] = x[self.inputs[i] * n + k] if self.inputs[i] >= 0 else 0.0

    cdef void evaluate(self, Py_ssize_t n, Py_ssize_t lo, Py_ssize_t hi, const double *x,
                       const double *columns, const double *globals_, double *out) noexcept nogil:
        """Evaluate devices lo to hi; the outputs of one that cannot be evaluated are not numbers."""
        cdef Py_ssize_t k, i
        cdef Device *device
        cdef uint32_t answer
        cdef double blank
        for k in range(lo, hi):
            device = self.ready(columns, n, k, globals_[CNN_GMIN])
            answer = OSDI_FATAL
            if device != NULL and device.status == READY:
                self.place(device, x, n, k)
                answer = self.solve(device, globals_[CNN_TIME], globals_[CNN_GMIN], OSDI_ALL)
            blank = NAN if answer & OSDI_FATAL else 0.0
            for i in range(self.outputs):
                out[i * n + k] = blank
            if answer & OSDI_FATAL:
                continue
            for i in range(self.d.nodes_count):
                if self.f_rows[i] >= 0:
                    out[self.f_rows[i] * n + k] += device.f[i]
                if self.q_rows[i] >= 0:
                    out[self.q_rows[i] * n + k] += device.q[i]
            for i in range(self.d.entries_count):
                if self.g_rows[i] >= 0:
                    out[self.g_rows[i] * n + k] += device.g[i]
                if self.c_rows[i] >= 0:
                    out[self.c_rows[i] * n + k] += device.c[i]

    cdef uint32_t solve(self, Device *device, double time, double gmin, uint32_t flags) noexcept nogil:
        """Evaluate a device at the voltages of its nodes."""
        cdef osdi_point point
        cdef double answers[9]
        cdef uint32_t answer
        cdef Py_ssize_t nodes = self.d.nodes_count + 1, entries = self.d.entries_count + 1
        memcpy(answers, ANSWERS, sizeof(answers))
        answers[0] = gmin
        memset(&point, 0, sizeof(point))
        point.settings.names, point.settings.values = NAMES, answers
        point.settings.text_names, point.settings.texts = NO_TEXTS, NO_TEXTS
        point.time, point.solution = time, device.x
        point.state, point.next_state = device.state, device.state + self.d.states_count + 1
        point.flags = flags | (OSDI_TRAN if time > 0.0 else OSDI_DC | OSDI_STATIC)
        memset(device.f, 0, (2 * nodes + 2 * entries) * sizeof(double))
        answer = self.d.eval(device.message, device.instance, device.model, &point)
        self.d.residual_resist(device.instance, device.model, device.f)
        self.d.residual_react(device.instance, device.model, device.q)
        self.d.jacobian_resist(device.instance, device.model)
        if flags & OSDI_REACT_JACOBIAN:
            self.d.jacobian_react(device.instance, device.model, 1.0)
        return answer


cdef int evaluate(const void *context, ptrdiff_t n, ptrdiff_t lo, ptrdiff_t hi, const double *x,
                  const double *columns, const double *globals_, double *out) noexcept nogil:
    """Evaluate devices lo to hi."""
    (<Devices>context).evaluate(n, lo, hi, x, columns, globals_, out)
    return 0
