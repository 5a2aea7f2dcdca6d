/* Extension module around one generated kernel.
 *
 * The generated source includes itself once for each CNN_ISA, defines CNN_MODEL, CNN_DIGEST,
 * CNN_INPUTS, CNN_COLUMNS, CNN_OUTPUTS, CNN_CARRIED and includes this file. The module offers `kernel` (a
 * capsule with a cnn_eval), `digest`, `sizes`, and `carry` (the function for columns that accepted points change, and
 * their number; or None). Where the machine can run no copy there is no module. */
#include "kernel.h"

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "kernel", .m_doc = "Compiled kernel of one model.", .m_size = -1,
};

#define CNN_INIT_(name) PyInit_##name
#define CNN_INIT(name) CNN_INIT_(name)

PyMODINIT_FUNC CNN_INIT(CNN_MODEL)(void)
{
#if CNN_LEAST
    if (!CNN_BEST(kernel, 2)) {
        PyErr_SetString(PyExc_ImportError, "this kernel is compiled for machines with AVX2");
        return NULL;
    }
#endif
    PyObject *self = PyModule_Create(&definition);
    if (!self)
        return NULL;
    PyObject *kernel = PyCapsule_New((void *)CNN_BEST(kernel, 2), NULL, NULL);
    PyObject *sizes = Py_BuildValue("(iii)", CNN_INPUTS, CNN_COLUMNS, CNN_OUTPUTS);
#if CNN_CARRIED
    PyObject *carry = Py_BuildValue("Ni", PyCapsule_New((void *)CNN_BEST(carry, 2), NULL, NULL), CNN_CARRIED);
#else
    PyObject *carry = Py_NewRef(Py_None);
#endif
    int failed = !kernel || !sizes || !carry || PyModule_AddStringConstant(self, "digest", CNN_DIGEST)
        || PyModule_AddObjectRef(self, "kernel", kernel)
        || PyModule_AddObjectRef(self, "sizes", sizes) || PyModule_AddObjectRef(self, "carry", carry);
    Py_XDECREF(kernel);
    Py_XDECREF(sizes);
    Py_XDECREF(carry);
    if (failed) {
        Py_DECREF(self);
        return NULL;
    }
    return self;
}
