/* Extension module with the derived kernels of all built-in models as data.
 *
 * The generated source defines an array `models` of these entries, the last of which has no name, and
 * includes this file. The module offers `find(name)`: the checksums of the kernel's sources and the kernel as
 * bytes; or None. */
static PyObject *find(PyObject *self, PyObject *name)
{
    const char *wanted = PyUnicode_AsUTF8(name);
    if (!wanted)
        return NULL;
    for (const struct entry *e = models; e->name; e++)
        if (!strcmp(e->name, wanted))
            return Py_BuildValue("(sy#)", e->sources, (const char *)e->written, e->size);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"find", find, METH_O, "Checksums of the sources, and kernel of a model."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "derived", .m_doc = "Kernels in writing.", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC PyInit_derived(void)
{
    return PyModule_Create(&definition);
}
