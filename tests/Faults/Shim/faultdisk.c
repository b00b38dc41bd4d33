/* A disk that fails where a test says: loaded before the C library into a program whose files lie below FAULT_DIR.
 *
 * Calls that change the disk are counted (open for writing, write, sync, rename, truncate, mkdir, unlink, allocate). The n-th, as the page in FAULT_CONTROL says, fails; so do
 * all after it where the fault stays. The page holds eight 64-bit numbers, native order:
 *   0 calls counted since it was armed   1 n (0: not armed)   2 what happens (enum below)   3 how often it happened   4 the call that it happened to first (enum op)
 * For UNSYNCED, what the bytes were before each write that was not yet synced is kept, and put back before the process ends: the power failed, and the cache is gone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum what { IO_ONCE = 1, IO_STAYS, FULL_ONCE, FULL_STAYS, KILL, TORN, UNSYNCED, SYNC_ONCE };
enum op { OPEN = 1, WRITE, SYNC, RENAME, TRUNCATE, MAKE, UNLINK, ALLOCATE };

static volatile int64_t *page;
static const char *root;
static size_t root_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct before { int file; dev_t dev; ino_t ino; off_t at, size; size_t length; char *bytes; struct before *next; };
static struct before *undo;

__attribute__((constructor)) static void begin(void)
{
    root = getenv("FAULT_DIR");
    const char *control = getenv("FAULT_CONTROL");
    if (!root || !control) return;
    root_length = strlen(root);
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int file = real(control, O_RDWR);
    if (file < 0) return;
    void *at = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (at != MAP_FAILED) page = at;
}

static int path_below(const char *path) { return page && page[1] > 0 && strncmp(path, root, root_length) == 0 && path[root_length] == '/'; }

static int file_below(int file)
{
    if (!page || page[1] <= 0) return 0;
    char link[40], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return path_below(path);
}

static void put_back(void)
{
    for (struct before *b = undo; b; b = b->next)
    {
        ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
        if (b->length) (void)!real(b->file, b->bytes, b->length, b->at);
        int (*cut)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");
        (void)!cut(b->file, b->size);
    }
}

/* Newest first, so that putting back in order ends at the oldest. */
static void remember(int file, off_t at, size_t length)
{
    if (!page || page[2] != UNSYNCED) return;
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    struct stat is;
    struct before *b = calloc(1, sizeof *b);
    b->file = real(link, O_RDWR);
    if (b->file < 0 || fstat(b->file, &is)) { free(b); return; }
    b->dev = is.st_dev; b->ino = is.st_ino; b->size = is.st_size; b->at = at;
    if (at < is.st_size)
    {
        b->length = length < (size_t)(is.st_size - at) ? length : (size_t)(is.st_size - at);
        b->bytes = malloc(b->length);
        if (pread(b->file, b->bytes, b->length, at) != (ssize_t)b->length) b->length = 0;
    }
    pthread_mutex_lock(&lock);
    b->next = undo;
    undo = b;
    pthread_mutex_unlock(&lock);
}

static void forget(int file)
{
    struct stat is;
    if (!page || page[2] != UNSYNCED || fstat(file, &is)) return;
    pthread_mutex_lock(&lock);
    for (struct before **at = &undo; *at;)
    {
        struct before *b = *at;
        if (b->dev == is.st_dev && b->ino == is.st_ino) { *at = b->next; close(b->file); free(b->bytes); free(b); }
        else at = &b->next;
    }
    pthread_mutex_unlock(&lock);
}

/* 0: go on. Else errno is set; for TORN the caller writes half before it calls die(). */
static int fails(enum op op)
{
    int64_t what = page[2];
    if (what == SYNC_ONCE && op != SYNC) return 0;
    /* A full disk lets what is there be synced, renamed and taken away. */
    if ((what == FULL_ONCE || what == FULL_STAYS) && (op == SYNC || op == RENAME || op == UNLINK)) return 0;
    int64_t number = __sync_add_and_fetch(&page[0], 1);
    int stays = what == IO_STAYS || what == FULL_STAYS;
    if (number < page[1] || (number > page[1] && !stays)) return 0;
    if (__sync_add_and_fetch(&page[3], 1) == 1) page[4] = op;
    if (what == UNSYNCED) { pthread_mutex_lock(&lock); put_back(); _exit(137); }
    if (what == KILL || (what == TORN && op != WRITE)) _exit(137);
    errno = what == FULL_ONCE || what == FULL_STAYS ? ENOSPC : EIO;
    return 1;
}

static int torn(void) { return page[2] == TORN; }

/* .NET looks calls that a program declares itself up in the C library, past this one: it is given ours all the same. */
void *dlsym(void *library, const char *name)
{
    static void *(*real)(void *, const char *);
    if (!real) real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    if (!real) real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!real) real = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.17");
    if (library != RTLD_NEXT && strcmp(name, "fsync") == 0) return fsync;
    return real(library, name);
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, #name)

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

#define OPENER(name) \
int name(const char *path, int flags, ...) \
{ \
    REAL(int, name, const char *, int, ...); \
    va_list rest; va_start(rest, flags); mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; va_end(rest); \
    if (writes(flags) && path_below(path) && fails(OPEN)) return -1; \
    return real(path, flags, mode); \
}
OPENER(open)
OPENER(open64)

#define WRITER(name, offset) \
ssize_t name(int file, const void *bytes, size_t length, offset at) \
{ \
    REAL(ssize_t, name, int, const void *, size_t, offset); \
    if (!file_below(file)) return real(file, bytes, length, at); \
    if (fails(WRITE)) { if (torn()) { (void)!real(file, bytes, length / 2, at); _exit(137); } return -1; } \
    remember(file, at, length); \
    return real(file, bytes, length, at); \
}
WRITER(pwrite, off_t)
WRITER(pwrite64, off64_t)

ssize_t write(int file, const void *bytes, size_t length)
{
    REAL(ssize_t, write, int, const void *, size_t);
    if (!file_below(file)) return real(file, bytes, length);
    if (fails(WRITE)) { if (torn()) { (void)!real(file, bytes, length / 2); _exit(137); } return -1; }
    remember(file, lseek(file, 0, SEEK_CUR), length);
    return real(file, bytes, length);
}

#define VECTOR(name, offset) \
ssize_t name(int file, const struct iovec *parts, int count, offset at) \
{ \
    REAL(ssize_t, name, int, const struct iovec *, int, offset); \
    if (!file_below(file)) return real(file, parts, count, at); \
    if (fails(WRITE)) { if (torn()) { (void)!real(file, parts, 1, at); _exit(137); } return -1; } \
    size_t length = 0; for (int i = 0; i < count; i++) length += parts[i].iov_len; \
    remember(file, at, length); \
    return real(file, parts, count, at); \
}
VECTOR(pwritev, off_t)
VECTOR(pwritev64, off64_t)

#define SYNCER(name) \
int name(int file) \
{ \
    REAL(int, name, int); \
    if (!file_below(file)) return real(file); \
    if (fails(SYNC)) return -1; \
    int done = real(file); \
    if (done == 0) forget(file); \
    return done; \
}
SYNCER(fsync)
SYNCER(fdatasync)

int rename(const char *from, const char *to) { REAL(int, rename, const char *, const char *); return path_below(to) && fails(RENAME) ? -1 : real(from, to); }
int link(const char *from, const char *to) { REAL(int, link, const char *, const char *); return path_below(to) && fails(RENAME) ? -1 : real(from, to); }
int unlink(const char *path) { REAL(int, unlink, const char *); return path_below(path) && fails(UNLINK) ? -1 : real(path); }
int mkdir(const char *path, mode_t mode) { REAL(int, mkdir, const char *, mode_t); return path_below(path) && fails(MAKE) ? -1 : real(path, mode); }

#define CUTTER(name, offset) \
int name(int file, offset length) \
{ \
    REAL(int, name, int, offset); \
    if (!file_below(file)) return real(file, length); \
    if (fails(TRUNCATE)) return -1; \
    struct stat is; \
    if (fstat(file, &is) == 0) remember(file, length < is.st_size ? length : is.st_size, length < is.st_size ? is.st_size - length : 0); \
    return real(file, length); \
}
CUTTER(ftruncate, off_t)
CUTTER(ftruncate64, off64_t)

#define ALLOCATOR(name, offset) \
int name(int file, offset at, offset length) \
{ \
    REAL(int, name, int, offset, offset); \
    if (file_below(file) && fails(ALLOCATE)) return errno; \
    return real(file, at, length); \
}
ALLOCATOR(posix_fallocate, off_t)
ALLOCATOR(posix_fallocate64, off64_t)
