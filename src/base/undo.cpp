// SPDX-License-Identifier: Apache-2.0
#include "base/undo.h"

#include <mutex>

namespace kif {

struct Undo::Registry {
  std::mutex mutex;
  Actions actions;
};

// Never freed: threads may go on while the process's statics end.
Undo::Registry*& Undo::registry() {
  static Registry* all = new Registry;
  return all;
}

Undo::Undo(const std::function<std::function<void()>()>& make) {
  Registry& all = *registry();
  const std::lock_guard lock(all.mutex);
  // The place comes first: it may fail for want of memory, and then nothing was made.
  const auto place = all.actions.emplace(all.actions.end(), [] {});
  try {
    *place = make();
  } catch (...) {
    all.actions.erase(place);
    throw;
  }
  if (*place)
    m_place = place;
  else
    all.actions.erase(place);
}

Undo& Undo::operator=(Undo&& other) noexcept {
  if (this != &other) {
    forget();
    m_place = std::exchange(other.m_place, std::nullopt);
  }
  return *this;
}

void Undo::forget() noexcept {
  if (!m_place)
    return;
  Registry& all = *registry();
  const std::lock_guard lock(all.mutex);
  all.actions.erase(*std::exchange(m_place, std::nullopt));
}

void Undo::run_all_for_good() noexcept {
  Registry& all = *registry();
  all.mutex.lock(); // and never unlocked
  for (auto action = all.actions.rbegin(); action != all.actions.rend(); ++action) {
    try {
      (*action)();
    } catch (...) { // out of memory, say: the others are still worth a try
    }
  }
}

// A thread of the parent's may have held the old registry's lock.
void Undo::forget_all_in_child() {
  registry() = new Registry;
}

} // namespace kif
