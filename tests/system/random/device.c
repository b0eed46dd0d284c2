// SPDX-License-Identifier: Apache-2.0
// What a random device does in each way that a program can use it: one line for each, "NAME: result". Run in an image
// as it was, it records the kernel's device; in a hardened one, the stand-in, and the lines are to be the same. No line
// holds random bytes. With IS_TO_SERVE in the environment, each descriptor that was opened is looked at by a raw
// system call: "the kernel's: NAME".
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/random.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

ssize_t __read_chk(int, void*, size_t, size_t);
ssize_t __pread_chk(int, void*, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void*, size_t, off64_t, size_t);

static unsigned char buffer[1 << 20];
static unsigned char last[16];
static const char* device;
static void* volatile nowhere; // which the compiler does not know

static void say(const char* name, const char* format, ...) {
  printf("%s: ", name);
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

/// A number, or the name of the error.
static long said(const char* name, long result) {
  if (result == -1)
    say(name, "%s", strerrorname_np(errno));
  else
    say(name, "%ld", result);
  return result;
}

static void clear(void) {
  memset(buffer, 0, sizeof buffer);
}

/// As said(), for calls that fill the buffer: its end was written, and not as by the call before.
static void filled(const char* name, long result) {
  static const unsigned char zeros[16];
  if (result < 16) {
    said(name, result);
    return;
  }
  const unsigned char* end = buffer + result - 16;
  if (result > (long)sizeof buffer)
    say(name, "too much");
  else if (memcmp(end, zeros, 16) == 0)
    say(name, "%ld, with zeros", result);
  else if (memcmp(end, last, 16) == 0)
    say(name, "%ld, the same again", result);
  else
    say(name, "%ld filled", result);
  if (result <= (long)sizeof buffer)
    memcpy(last, end, 16);
}

static void whose(const char* name, int fd) {
  struct stat file;
  if (getenv("IS_TO_SERVE") == NULL || fd < 0)
    return;
  long result = syscall(SYS_fstat, fd, &file);
  if (result == 0 && S_ISCHR(file.st_mode) && major(file.st_rdev) == 1 &&
      (minor(file.st_rdev) == 8 || minor(file.st_rdev) == 9))
    printf("the kernel's: %s\n", name);
}

static const char* kind_of(mode_t mode) {
  return S_ISCHR(mode)    ? "character device"
         : S_ISSOCK(mode) ? "socket"
         : S_ISREG(mode)  ? "file"
         : S_ISDIR(mode)  ? "folder"
                          : "other";
}

/// One that was opened just now: what it is, how it was opened, whether it gives bytes.
static void opened(const char* name, int fd) {
  if (fd < 0) {
    said(name, fd);
    return;
  }
  whose(name, fd);
  struct stat file;
  clear();
  const int looked = fstat(fd, &file);
  const int flags = fcntl(fd, F_GETFL);
  const ssize_t got = read(fd, buffer, 48);
  say(name, "%s %u:%u mode %o flags %x close-on-exec %d read %s", looked == 0 ? kind_of(file.st_mode) : "none",
      major(file.st_rdev), minor(file.st_rdev), file.st_mode & 07777, flags, fcntl(fd, F_GETFD),
      got == 48 ? "48"
      : got < 0 ? strerrorname_np(errno)
                : "short");
  close(fd);
}

static void openings(void) {
  opened("open read", open(device, O_RDONLY));
  opened("open write", open(device, O_WRONLY));
  opened("open both", open(device, O_RDWR));
  opened("open close-on-exec", open(device, O_RDONLY | O_CLOEXEC));
  opened("open nonblock", open(device, O_RDONLY | O_NONBLOCK));
  opened("open directory", open(device, O_RDONLY | O_DIRECTORY));
  opened("open create", open(device, O_RDWR | O_CREAT, 0600));
  opened("open create exclusive", open(device, O_RDWR | O_CREAT | O_EXCL, 0600));
  opened("open truncate", open(device, O_RDWR | O_TRUNC));
  opened("open write truncate", open(device, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  opened("open append", open(device, O_RDWR | O_APPEND));
  opened("open nofollow", open(device, O_RDONLY | O_NOFOLLOW));
  opened("open noctty", open(device, O_RDONLY | O_NOCTTY));
  opened("open sync", open(device, O_RDWR | O_SYNC));
  opened("open direct", open(device, O_RDONLY | O_DIRECT));
  opened("open temporary", open(device, O_RDWR | O_TMPFILE, 0600));
  opened("creat", creat(device, 0600));
  opened("openat", openat(AT_FDCWD, device, O_RDONLY));
  opened("openat bad folder", openat(-1, device, O_RDONLY));
  opened("raw openat", (int)syscall(SYS_openat, AT_FDCWD, device, O_RDONLY, 0));
#ifdef SYS_open
  opened("raw open", (int)syscall(SYS_open, device, O_RDONLY, 0));
#endif
  struct open_how how = {.flags = O_RDONLY | O_CLOEXEC};
  opened("openat2", (int)syscall(SYS_openat2, AT_FDCWD, device, &how, sizeof how));
  how.resolve = RESOLVE_IN_ROOT;
  const int root = open("/", O_RDONLY | O_DIRECTORY);
  opened("openat2 in root", (int)syscall(SYS_openat2, root, device, &how, sizeof how));
  how.flags = O_RDONLY | O_DIRECTORY;
  opened("openat2 directory", (int)syscall(SYS_openat2, root, device, &how, sizeof how));
  close(root);
}

static void named(const char* format, const char* name) {
  char path[256];
  snprintf(path, sizeof path, format, name);
  opened(format, open(path, O_RDONLY));
}

static void spellings(void) {
  const char* name = strrchr(device, '/') + 1;
  named("//dev/%s", name);
  named("/dev//%s", name);
  named("/dev/./%s", name);
  named("/dev/../dev/%s", name);
  named("/proc/self/root/dev/%s", name);
  named("/dev/%s/", name);
  named("/dev/%s/under", name);
  named("/no/%s", name);
  unlink("/tmp/link");
  unlink("/tmp/second");
  said("symlink", symlink(device, "/tmp/link"));
  said("symlink", symlink("link", "/tmp/second"));
  opened("a link", open("/tmp/link", O_RDONLY));
  opened("a link to a link", open("/tmp/second", O_RDWR));
  opened("a link not followed", open("/tmp/link", O_RDONLY | O_NOFOLLOW));
  FILE* file = fopen("/tmp/link", "rb");
  opened("fopen of a link", file == NULL ? -1 : dup(fileno(file)));
  if (file != NULL)
    fclose(file);
  const int folder = open("/dev", O_RDONLY | O_DIRECTORY);
  opened("openat in /dev", openat(folder, name, O_RDONLY));
  opened("raw openat in /dev", (int)syscall(SYS_openat, folder, name, O_RDONLY, 0));
  struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
  opened("openat2 beneath /dev", (int)syscall(SYS_openat2, folder, name, &how, sizeof how));
  close(folder);
  said("chdir", chdir("/dev"));
  opened("in /dev", open(name, O_RDONLY));
  char path[64];
  snprintf(path, sizeof path, "./%s", name);
  opened("in /dev with a dot", open(path, O_RDONLY));
  file = fopen(name, "rb");
  opened("fopen in /dev", file == NULL ? -1 : dup(fileno(file)));
  if (file != NULL)
    fclose(file);
  said("chdir", chdir("/"));
  const int fd = open(device, O_RDONLY);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  opened("by /proc/self/fd", open(path, O_RDONLY));
  snprintf(path, sizeof path, "/dev/fd/%d", fd);
  opened("by /dev/fd", open(path, O_RDWR | O_CLOEXEC));
  close(fd);
}

static void opened_stdio(const char* name, FILE* file) {
  if (file == NULL) {
    said(name, -1);
    return;
  }
  whose(name, fileno(file));
  clear();
  const size_t got = fread(buffer, 1, 5000, file);
  say(name, "%zu read, flags %x close-on-exec %d, error %d, end %d", got, fcntl(fileno(file), F_GETFL),
      fcntl(fileno(file), F_GETFD), ferror(file) != 0, feof(file) != 0);
  fclose(file);
}

static void stdio(void) {
  opened_stdio("fopen r", fopen(device, "r"));
  opened_stdio("fopen re", fopen(device, "re"));
  opened_stdio("fopen r+", fopen(device, "r+"));
  opened_stdio("fopen w", fopen(device, "w"));
  opened_stdio("fopen w+", fopen(device, "w+"));
  opened_stdio("fopen a", fopen(device, "a"));
  opened_stdio("fopen wx", fopen(device, "wx"));
  opened_stdio("fopen nonsense", fopen(device, "q"));
  opened_stdio("fopen64", fopen64(device, "rb"));
  opened_stdio("freopen", freopen(device, "r", fopen("/dev/null", "r")));
  opened_stdio("freopen64", freopen64(device, "r+", fopen("/dev/null", "r+")));
  opened_stdio("fdopen r", fdopen(open(device, O_RDONLY), "r"));
  opened_stdio("fdopen w of a read-only one", fdopen(open(device, O_RDONLY), "w"));
  FILE* file = fopen(device, "w");
  said("fwrite", file == NULL ? -1 : (long)fwrite("some bytes", 1, 10, file));
  said("fflush", file == NULL ? -1 : fflush(file));
  if (file != NULL)
    fclose(file);
}

static void reads(int fd) {
  static const size_t lengths[] = {0, 1, 16, 512, 513, 4096, 100000, 1 << 20};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i) {
    clear();
    filled("read", read(fd, buffer, lengths[i]));
  }
  clear();
  filled("read, fortified", __read_chk(fd, buffer, 700, sizeof buffer));
  struct iovec parts[3] = {{buffer, 10}, {buffer + 10, 600}, {buffer + 610, 1390}};
  clear();
  filled("readv", readv(fd, parts, 3));
  filled("readv of none", readv(fd, parts, 0));
  clear();
  filled("pread", pread(fd, buffer, 700, 0));
  filled("pread at 7", pread(fd, buffer, 700, 7));
  filled("pread64", pread64(fd, buffer, 64, 1L << 40));
  filled("pread before the start", pread(fd, buffer, 64, -1));
  filled("pread, fortified", __pread_chk(fd, buffer, 700, 3, sizeof buffer));
  filled("pread64, fortified", __pread64_chk(fd, buffer, 700, 3, sizeof buffer));
  clear();
  filled("preadv", preadv(fd, parts, 3, 5));
  clear();
  filled("preadv64", preadv64(fd, parts, 3, 0));
  clear();
  filled("preadv2", preadv2(fd, parts, 3, -1, 0));
  clear();
  filled("preadv2 at 9", preadv2(fd, parts, 3, 9, 0));
  filled("preadv2 of no such flag", preadv2(fd, parts, 3, 0, 1 << 30));
  filled("read nowhere", read(fd, nowhere, 16));
  filled("read into text", read(fd, (void*)(uintptr_t)&reads, 16));
  filled("pread nowhere", pread(fd, nowhere, 16, 0));
  filled("recv", recv(fd, buffer, 16, 0));
}

static void positions(int fd) {
  said("lseek to 0", lseek(fd, 0, SEEK_SET));
  said("lseek to 5", lseek(fd, 5, SEEK_SET));
  said("lseek by 0", lseek(fd, 0, SEEK_CUR));
  said("lseek by 9", lseek64(fd, 9, SEEK_CUR));
  said("lseek to the end", lseek(fd, 0, SEEK_END));
  said("lseek before the start", lseek(fd, -5, SEEK_SET));
  said("lseek for data", lseek(fd, 0, SEEK_DATA));
  said("lseek, no such way", lseek(fd, 0, 77));
}

static void copies(int fd) {
  const int file = open("/tmp/copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
  int pipes[2];
  if (file < 0 || pipe(pipes) != 0)
    return;
  said("sendfile to a file", sendfile(file, fd, NULL, 700));
  clear();
  filled("what came", pread(file, buffer, sizeof buffer, 0));
  off_t offset = 5;
  said("sendfile with an offset", sendfile(file, fd, &offset, 300));
  said("the offset then", offset);
  said("sendfile64 to a pipe", sendfile64(pipes[1], fd, NULL, 700));
  clear();
  filled("what came", read(pipes[0], buffer, sizeof buffer));
  said("sendfile of nothing", sendfile(file, fd, NULL, 0));
  said("sendfile to a bad one", sendfile(-1, fd, NULL, 16));
  said("sendfile to a read-only one", sendfile(pipes[0], fd, NULL, 16));
  said("splice to a pipe", splice(fd, NULL, pipes[1], NULL, 700, 0));
  clear();
  filled("what came", read(pipes[0], buffer, sizeof buffer));
  off64_t at = 5;
  said("splice with an offset", splice(fd, &at, pipes[1], NULL, 64, 0));
  said("the offset then", at);
  fcntl(pipes[0], F_SETFL, O_NONBLOCK);
  clear();
  filled("what came", read(pipes[0], buffer, sizeof buffer));
  said("splice to a file", splice(fd, NULL, file, NULL, 64, 0));
  said("tee", tee(fd, pipes[1], 64, 0));
  said("copy_file_range", copy_file_range(fd, NULL, file, NULL, 64, 0));
  said("mmap", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
  said("mmap shared", mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
  close(file);
  close(pipes[0]);
  close(pipes[1]);
}

static void writes(int fd) {
  struct iovec parts[2] = {{buffer, 10}, {buffer + 10, 600}};
  said("write", write(fd, buffer, 64));
  said("write much", write(fd, buffer, 100000));
  said("write nothing", write(fd, buffer, 0));
  said("writev", writev(fd, parts, 2));
  said("pwrite", pwrite(fd, buffer, 64, 0));
  said("pwritev", pwritev(fd, parts, 2, 0));
  said("write from nowhere", write(fd, nowhere, 64));
  said("send", send(fd, buffer, 16, MSG_NOSIGNAL));
  for (int i = 0; i < 1000; ++i)
    if (write(fd, buffer, 512) != 512)
      break;
  clear();
  filled("read after writes", read(fd, buffer, 700));
  int pipes[2];
  if (pipe(pipes) != 0)
    return;
  if (write(pipes[1], buffer, 64) == 64)
    said("splice from a pipe", splice(pipes[0], NULL, fd, NULL, 64, 0));
  const int file = open("/tmp/copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file >= 0 && write(file, buffer, 64) == 64)
    said("sendfile into it", (lseek(file, 0, SEEK_SET), sendfile(fd, file, NULL, 64)));
  close(file);
  close(pipes[0]);
  close(pipes[1]);
}

static void controls(int fd) {
  int count = -7;
  const long got = ioctl(fd, RNDGETENTCNT, &count);
  said("RNDGETENTCNT", got);
  say("the count", "%d", count);
  said("RNDGETENTCNT nowhere", ioctl(fd, RNDGETENTCNT, nowhere));
  struct {
    struct rand_pool_info head;
    uint32_t words[4];
  } pool = {.head = {.entropy_count = 8, .buf_size = 16}};
  int more = 8;
  said("RNDADDTOENTCNT", ioctl(fd, RNDADDTOENTCNT, &more));
  said("RNDGETPOOL", ioctl(fd, RNDGETPOOL, &pool));
  said("RNDADDENTROPY", ioctl(fd, RNDADDENTROPY, &pool));
  said("RNDZAPENTCNT", ioctl(fd, RNDZAPENTCNT));
  said("RNDCLEARPOOL", ioctl(fd, RNDCLEARPOOL));
  said("RNDRESEEDCRNG", ioctl(fd, RNDRESEEDCRNG));
  said("an unknown one of the same kind", ioctl(fd, _IO('R', 0x7f)));
  said("an unknown one of another kind", ioctl(fd, _IO('Z', 0x7f)));
  said("FIONREAD", ioctl(fd, FIONREAD, &count));
  int on = 1;
  said("FIONBIO", ioctl(fd, FIONBIO, &on));
  said("isatty", isatty(fd) == 1 ? 1 : -1);
  said("O_NONBLOCK is on", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  clear();
  filled("read without blocking", read(fd, buffer, 2000));
  on = 0;
  said("FIONBIO off", ioctl(fd, FIONBIO, &on));
  said("F_SETFL", fcntl(fd, F_SETFL, O_NONBLOCK));
  say("F_GETFL", "%x", fcntl(fd, F_GETFL));
  said("F_SETFL back", fcntl(fd, F_SETFL, 0));
  said("F_GETPIPE_SZ", fcntl(fd, F_GETPIPE_SZ));
  const int twin = fcntl(fd, F_DUPFD_CLOEXEC, 100);
  said("F_DUPFD_CLOEXEC", twin);
  say("the twin's F_GETFL", "%x", fcntl(twin, F_GETFL));
  close(twin);
  struct flock lock = {.l_type = F_RDLCK};
  said("F_GETLK", fcntl(fd, F_GETLK, &lock));
  said("flock", flock(fd, LOCK_SH | LOCK_NB));
}

static void sizes(int fd) {
  said("ftruncate", ftruncate(fd, 0));
  said("fsync", fsync(fd));
  said("fdatasync", fdatasync(fd));
  said("fallocate", fallocate(fd, 0, 0, 10));
  errno = posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  said("posix_fadvise", errno == 0 ? 0 : -1);
  said("readahead", readahead(fd, 0, 100));
  said("fchdir", fchdir(fd));
  opened("openat in it", openat(fd, "under", O_RDONLY));
}

static void looks(int fd) {
  struct stat file, named;
  said("fstat", fstat(fd, &file));
  said("stat", stat(device, &named));
  say("fstat says", "%s mode %o %u:%u links %lu owner %u:%u size %ld blocks %ld block %ld", kind_of(file.st_mode),
      file.st_mode & 07777, major(file.st_rdev), minor(file.st_rdev), (unsigned long)file.st_nlink, file.st_uid,
      file.st_gid, (long)file.st_size, (long)file.st_blocks, (long)file.st_blksize);
  say("the same file as the named one", "%d", file.st_dev == named.st_dev && file.st_ino == named.st_ino);
  struct statx more;
  said("statx", statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &more));
  say("statx says", "%s mode %o %u:%u size %ld", kind_of(more.stx_mode), more.stx_mode & 07777, more.stx_rdev_major,
      more.stx_rdev_minor, (long)more.stx_size);
  said("raw statx", syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &more));
  say("raw statx says", "%s %u:%u", kind_of(more.stx_mode), more.stx_rdev_major, more.stx_rdev_minor);
  said("fstatat of no path", fstatat(fd, "", &file, AT_EMPTY_PATH));
  say("fstatat says", "%s %u:%u", kind_of(file.st_mode), major(file.st_rdev), minor(file.st_rdev));
  char path[64], target[64] = "";
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  said("stat by /proc/self/fd", stat(path, &file));
  say("stat by /proc/self/fd says", "%s", kind_of(file.st_mode));
  const ssize_t length = readlink(path, target, sizeof target - 1);
  say("readlink", "%.*s", length < 0 ? 0 : strncmp(target, "socket", 6) == 0 ? 6 : (int)length, target);
}

/// The file behind the name, which no stand-in takes the place of.
static void names(void) {
  struct stat file;
  said("access", access(device, R_OK | W_OK));
  said("access to run", access(device, X_OK));
  said("stat", stat(device, &file));
  say("stat says", "%s mode %o %u:%u", kind_of(file.st_mode), file.st_mode & 07777, major(file.st_rdev),
      minor(file.st_rdev));
  const int fd = open(device, O_PATH);
  said("O_PATH", fd < 0 ? -1 : 0);
  said("fstat of it", fstat(fd, &file));
  say("fstat of it says", "%s", kind_of(file.st_mode));
  said("read of it", read(fd, buffer, 16));
  close(fd);
}

static void waits(int fd) {
  struct pollfd one = {fd, POLLIN | POLLOUT, 0};
  said("poll", poll(&one, 1, 60000));
  say("poll says", "%x", (unsigned)one.revents);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  struct timeval now = {60, 0};
  said("select", select(fd + 1, &set, NULL, NULL, &now));
  const int all = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN}, seen = {0};
  said("epoll_ctl", epoll_ctl(all, EPOLL_CTL_ADD, fd, &event));
  said("epoll_wait", epoll_wait(all, &seen, 1, 1000));
  say("epoll_wait says", "%x", (unsigned)seen.events);
  close(all);
}

/// As servers do: the device is opened, and then the process allows itself to read and little else. The filter is death
/// for all else.
static void behind_a_filter(int fd) {
  static const unsigned allowed[] = {SYS_read, SYS_write, SYS_close, SYS_getrandom, SYS_exit_group};
  enum { count = sizeof allowed / sizeof *allowed };
  struct sock_filter rules[2 + count + 1] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
  for (int i = 0; i < count; ++i)
    rules[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], count - i, 0);
  rules[1 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  rules[2 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog filter = {2 + count + 1, rules};
  const int twin = dup2(fd, 40);
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
      _exit(9);
    if (read(fd, buffer, 16) != 16 || read(fd, buffer, 100000) != 100000 || read(twin, buffer, 700) != 700)
      _exit(8);
    close(fd);
    _exit(read(twin, buffer, 5000) == 5000 ? 0 : 7);
  }
  int status = -1;
  waitpid(child, &status, 0);
  say("reads behind a filter", "%s %d", WIFSIGNALED(status) ? "killed" : "ended",
      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  close(twin);
}

static void as_socket(int fd) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  said("getsockname", getsockname(fd, (struct sockaddr*)&address, &size));
  size = sizeof address;
  said("getpeername", getpeername(fd, (struct sockaddr*)&address, &size));
  int type = 0;
  size = sizeof type;
  said("getsockopt", getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size));
}

static void stdio_positions(void) {
  FILE* file = fopen(device, "r");
  if (file == NULL)
    return;
  said("ftell", ftell(file));
  said("fseek", fseek(file, 3, SEEK_SET));
  said("fgetc", fgetc(file) >= 0 ? 0 : -1);
  said("rewind", (rewind(file), ferror(file)));
  said("fgetc", fgetc(file) >= 0 ? 0 : -1);
  fclose(file);
}

static void asynchronous(int fd) {
  clear();
  struct aiocb request = {.aio_fildes = fd, .aio_buf = buffer, .aio_nbytes = 700};
  if (aio_read(&request) != 0) {
    said("aio_read", -1);
    return;
  }
  const struct aiocb* list[] = {&request};
  aio_suspend(list, 1, NULL);
  errno = aio_error(&request);
  filled("aio_read", errno == 0 ? aio_return(&request) : -1);
}

static void with(int flags, const char* how, void (*run)(int)) {
  const int fd = open(device, flags);
  printf("-- %s\n", how);
  if (fd < 0)
    said("open", fd);
  else
    run(fd);
  close(fd);
}

int main(int argc, char** argv) {
  device = argc > 1 ? argv[1] : "/dev/urandom";
  if (argc > 2) { // left by the program before
    reads(0);
    positions(0);
    copies(0);
    controls(0);
    looks(0);
    return 0;
  }
  printf("-- openings\n");
  openings();
  printf("-- spellings\n");
  spellings();
  printf("-- stdio\n");
  stdio();
  with(O_RDONLY, "reads", reads);
  with(O_RDONLY, "positions", positions);
  with(O_RDONLY, "copies", copies);
  with(O_RDONLY, "controls", controls);
  with(O_RDONLY, "sizes", sizes);
  with(O_RDONLY, "looks", looks);
  with(O_RDONLY, "waits", waits);
  with(O_RDONLY, "writes, read-only", writes);
  with(O_RDWR, "writes, both", writes);
  with(O_WRONLY, "writes, write-only", writes);
  with(O_WRONLY, "reads, write-only", reads);
  with(O_RDWR, "reads, both", reads);
  with(O_RDWR, "controls, both", controls);
  with(O_RDONLY, "behind a filter", behind_a_filter);
  with(O_RDONLY, "asynchronous", asynchronous);
  printf("-- stdio's positions\n");
  stdio_positions();
  with(O_RDONLY, "as a socket", as_socket);
  printf("-- names\n");
  names();
  return 0;
}
