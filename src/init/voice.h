// SPDX-License-Identifier: Apache-2.0
// How kif-init speaks: on stderr, in the format that KIF_STATUS asks for, and where a container ends before its
// application ran, also where Kubernetes looks for the reason.
#pragma once

#include <string_view>

#include "init/status.h"

namespace kif::init {

/// From KIF_STATUS.
StatusFormat spoken_format() noexcept;

/// A closed or full descriptor is no reason not to go on.
void say(int fd, std::string_view text) noexcept;

/// kif-init runs the container's application, or is process 1 of a container of its own (an init container): its last
/// words are the container's. A probe's are not: the container that it looks at goes on.
void speak_for_the_container() noexcept;

/// Says it on stderr, and after speak_for_the_container() in `termination_log` too, if it is there and a file:
/// Kubernetes mounts it into each container and shows what is in it as the reason of the end. Inherited by fork.
void say_last_words(std::string_view text, const char* termination_log = "/dev/termination-log") noexcept;

} // namespace kif::init
