// SPDX-License-Identifier: Apache-2.0
// Text that is wiped wherever kif itself has had it: passwords, tokens. What libraries make of it on their way, a JSON
// reader's strings or libcurl's request, is theirs.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/wipe.h"

namespace kif {

/// Gives memory back only after it was overwritten.
template <class T> struct WipingAllocator {
  using value_type = T;
  WipingAllocator() noexcept = default;
  template <class Other> WipingAllocator(const WipingAllocator<Other>& /*other*/) noexcept {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) noexcept {
    wipe(std::as_writable_bytes(std::span(memory, count)));
    std::allocator<T>().deallocate(memory, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) noexcept { return true; }
};

/// Overwrites what a string holds, and empties it. For the strings that libraries give.
inline void wipe_text(std::string& text) noexcept {
  text.resize(text.capacity()); // what it held before it became shorter, too
  wipe(std::as_writable_bytes(std::span(text)));
  text.clear();
}

/// A copy is a second secret. Not a std::string: that keeps short texts inside itself, where no allocator sees their
/// end.
class SecretString {
public:
  SecretString() = default;
  explicit SecretString(std::string_view text) : m_text(text.begin(), text.end()) {}
  /// Takes it over: `text` is wiped.
  static SecretString take(std::string&& text) {
    SecretString secret{std::string_view(text)};
    wipe_text(text);
    return secret;
  }

  std::string_view view() const noexcept { return {m_text.data(), m_text.size()}; }
  bool empty() const noexcept { return m_text.empty(); }
  SecretString& operator+=(std::string_view text) {
    m_text.insert(m_text.end(), text.begin(), text.end());
    return *this;
  }
  friend bool operator==(const SecretString&, const SecretString&) = default;

private:
  std::vector<char, WipingAllocator<char>> m_text;
};

} // namespace kif
