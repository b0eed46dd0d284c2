// SPDX-License-Identifier: Apache-2.0
// What must not outlive this process: told to the one place that acts when a signal ends it.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <utility>

namespace kif {

/// Makes something, and while it lives that is undone if a signal ends the process (base/end_by_signal.h). Let it go
/// right after the thing was undone otherwise, or handed over: undoing it twice must do no harm. Any thread.
///
/// Once the end has begun, a thread that makes an Undo or lets one go stops there for good. So nothing new appears, no
/// function returns past what was taken from it, and no error is shown that only the end has caused.
class Undo {
public:
  Undo() noexcept = default; ///< nothing to undo
  /// Calls `make`, which gives back what undoes its work, or an empty function where there is nothing to undo. No end
  /// comes in between. Neither function may make another Undo.
  explicit Undo(const std::function<std::function<void()>()>& make);
  Undo(Undo&& other) noexcept : m_place(std::exchange(other.m_place, std::nullopt)) {}
  Undo& operator=(Undo&& other) noexcept;
  ~Undo() { forget(); }

  /// Runs all actions, the newest first, and holds every other thread from then on.
  static void run_all_for_good() noexcept;
  /// In a child made by fork(): what its parent is to undo is not the child's, and the parent's end not its own.
  static void forget_all_in_child();

private:
  using Actions = std::list<std::function<void()>>;
  struct Registry;

  static Registry*& registry();
  void forget() noexcept;

  std::optional<Actions::iterator> m_place;
};

} // namespace kif
