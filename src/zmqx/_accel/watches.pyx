# cython: language_level=3, boundscheck=False, wraparound=False, freethreading_compatible=True
"""The wait for the descriptors of a set, which the standby looks after meanwhile."""

cimport cython
from cpython.exc cimport PyErr_CheckSignals, PyErr_SetFromErrno
from cpython.mem cimport PyMem_RawFree
from libc.errno cimport EINTR, errno
from libc.math cimport ceil
from libc.string cimport memset

from .calls cimport Duct
from .lines cimport Line, zmqx_clock
from .looks cimport Set, forget_fresh, note_fresh
from .standby cimport grow, join, leave, lock, unlock

cdef extern from *:
    int ZMQX_FITS

FITS = ZMQX_FITS  # see the package

cdef extern from *:
    """
    #include <sys/epoll.h>
    """
    ctypedef union epoll_data_t:
        int fd
    struct epoll_event:
        unsigned int events
        epoll_data_t data
    int epoll_wait(int epfd, epoll_event *events, int most, int timeout) nogil

cdef enum:
    READ = 1
    WRITE = 4
    MOST_EVENTS = 256


cdef class Watch:
    """The wait of one set of descriptors (an epoll), and the ducts in it. One thread at a time waits."""

    def __cinit__(self, int epfd, int bell):
        """``bell`` is a descriptor in the set that ends a wait when it is written to."""
        memset(&self.set, 0, sizeof(Set))
        self.set.epfd = epfd
        self.set.bell = bell
        self._ducts = {}

    def __del__(self):
        # The collector clears what the lines refer to only after this.
        leave(&self.set)

    def __dealloc__(self):
        leave(&self.set)
        PyMem_RawFree(self.set.lines)

    @cython.critical_section
    def close(self):
        """The descriptors may be somebody else's from now on."""
        leave(&self.set)
        self.set.epfd = self.set.bell = -1
        self._ducts.clear()

    @cython.critical_section
    def lend(self, int fd, int mask, Duct duct not None):
        """The standby may look after this one, which the set watches for ``mask``."""
        cdef Set *set = &self.set
        if fd in self._ducts or set.epfd < 0:
            return
        if not set.count:
            join(set)
        if set.count == set.size:
            grow(set)
        self._ducts[fd] = duct
        lock()
        duct.line.mask = mask
        duct.line.place = set.count
        set.lines[set.count] = &duct.line
        set.count += 1
        duct.line.listed = False
        if duct.line.length or duct.line.error:
            note_fresh(set, &duct.line)
        unlock()

    @cython.critical_section
    def change(self, int fd, int mask):
        """It is watched for this from now on."""
        cdef Duct duct = self._ducts.get(fd)
        if duct is not None:
            lock()
            duct.line.mask = mask
            if duct.line.length or duct.line.error:
                note_fresh(&self.set, &duct.line)
            unlock()

    @cython.critical_section
    def remove(self, int fd):
        """It is not watched any more."""
        cdef Set *set = &self.set
        cdef Line *last
        cdef Duct duct = self._ducts.pop(fd, None)
        if duct is None:
            return
        lock()
        if duct.line.place >= 0 and duct.line.place < set.count and set.lines[duct.line.place] == &duct.line:
            set.count -= 1
            last = set.lines[set.count]
            set.lines[duct.line.place] = last
            last.place = duct.line.place
        forget_fresh(set, &duct.line)
        duct.line.place = -1
        duct.line.mask = 0
        unlock()

    def wait(self, double timeout, int most):
        """What is ready within ``timeout`` seconds (-1: for ever), pairs of a descriptor and what it is ready for."""
        return self.wait_for(timeout, most, -1)

    cdef list wait_for(self, double timeout, int most, int lone):
        """The same; None if there is something to read at the ``lone`` one of them, and nothing else."""
        cdef epoll_event events[MOST_EVENTS]
        cdef Set *set = &self.set
        cdef int i, found, ms
        cdef double until = 0
        if most > MOST_EVENTS:
            most = MOST_EVENTS
        set.turns += 1
        if set.fresh_count:
            timeout = 0
        if timeout > 0:
            until = zmqx_clock() + timeout
        while True:
            # Rounded up: who waits too short a time waits again at once. A look, too, lets others have the interpreter:
            # threads that each find messages would keep it from each other until theirs have piled up.
            ms = -1 if timeout < 0 else 2147483647 if timeout > 2147483 else <int>ceil(timeout * 1000)
            with nogil:
                found = epoll_wait(set.epfd, events, most, ms)
            if found >= 0:
                break
            if errno != EINTR:
                PyErr_SetFromErrno(OSError)
            PyErr_CheckSignals()
            if timeout > 0:
                timeout = max(0.0, until - zmqx_clock())
        set.turns += 1
        if found == 1 and events[0].data.fd == lone and events[0].events == READ and not set.fresh_count:
            return None
        ready = [(events[i].data.fd, events[i].events) for i in range(found)]
        if set.fresh_count:
            self._add_fresh(ready)
        return ready

    cdef void note(self, Line *line) noexcept:
        """This one has something for the interpreter, whatever the system says."""
        lock()
        if line.place >= 0 and line.place < self.set.count and self.set.lines[line.place] == line:
            note_fresh(&self.set, line)
        unlock()

    @cython.critical_section
    cdef int _add_fresh(self, list ready) except -1:
        """Those for whom the standby has read something, as long as they have not taken it."""
        cdef int fds[MOST_EVENTS]
        cdef int count = 0
        cdef Py_ssize_t i
        cdef Line *line
        cdef Set *set = &self.set
        lock()  # nothing is made under it: what is made may call the collector, and that anybody
        for i in range(set.fresh_count - 1, -1, -1):
            line = set.fresh[i]
            if not (line.mask & READ and (line.length or line.error)):
                set.fresh_count -= 1
                set.fresh[i] = set.fresh[set.fresh_count]
                line.listed = False
            elif count < MOST_EVENTS:
                fds[count] = line.fd
                count += 1
        unlock()
        if count:
            known = {fd for fd, events in ready if events & ~WRITE}
            ready += [(fds[i], READ) for i in range(count) if fds[i] not in known]
        return 0
