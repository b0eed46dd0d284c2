// SPDX-License-Identifier: Apache-2.0
// Forked children, shared memory and refused system calls for the tests.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>

#include <sys/mman.h>
#include <sys/types.h>

namespace kif::entropy {

inline constexpr int k_did_not_end = -1;
inline constexpr int k_failed_expectation = 98;

/// What `body` returns, or k_failed_expectation where it returns 0 after an EXPECT that failed: a child's own tally of
/// those is lost.
int result_of(const std::function<int()>& body);

/// Waits for a child; its exit code, 128 + signal, or k_did_not_end where it had to be killed after the timeout.
int wait_for(pid_t child, std::chrono::seconds timeout = std::chrono::seconds(30));

/// Runs `body` in a forked child, which ends with what it returns.
int in_child(const std::function<int()>& body);
/// The same in a child made by clone(2) itself, past glibc: no pthread_atfork handler runs.
int in_raw_child(const std::function<int()>& body);

/// What madvise(MADV_WIPEONFORK) is to do in this process from now on, by a seccomp filter: for a child of its own.
enum class WipeOnFork {
  refused, ///< EINVAL, as before Linux 4.14
  ignored, ///< success without effect, for this and for any unknown advice, as some emulators did
};
void set_wipe_on_fork(WipeOnFork behaviour);

/// Zeroed memory that forked children write to for their parent to read.
template <class T> class SharedArray {
public:
  explicit SharedArray(std::size_t size) : m_size(size) {
    void* const memory =
        ::mmap(nullptr, size * sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
      throw std::bad_alloc();
    m_items = static_cast<T*>(memory);
    std::uninitialized_value_construct_n(m_items, size);
  }
  ~SharedArray() { ::munmap(m_items, m_size * sizeof(T)); }
  SharedArray(const SharedArray&) = delete;
  SharedArray& operator=(const SharedArray&) = delete;

  T& operator[](std::size_t index) { return m_items[index]; }
  T* begin() { return m_items; }
  T* end() { return m_items + m_size; }

private:
  T* m_items;
  std::size_t m_size;
};

/// Waits until `condition` holds; false where it does not within 30 s.
bool wait_until(const std::function<bool()>& condition);

} // namespace kif::entropy
