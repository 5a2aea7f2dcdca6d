ctypedef unsigned long long key


cdef double draw(int distribution, key k, key count) noexcept nogil
