// SPDX-License-Identifier: Apache-2.0
// Which names and descriptors are a random device.
#pragma once

#include <sys/stat.h>

#include "random/stand_in.h"

namespace kif::random {

/// Before it is opened. The usual names are taken by their word: where the devices are refused, there is nothing else
/// to tell them by. Other paths that end so, by looking at the file. Device::none also in processes that the library
/// stays away from.
Device device_named(int folder, const char* path) noexcept;

/// After it could not be opened, with ENXIO or EACCES: a link of any name to what lies in a refused device's place, or
/// /proc/self/fd/NUMBER and /dev/fd/NUMBER of a stand-in, since sockets cannot be opened.
Device device_refused(int folder, const char* path) noexcept;

/// The same, of a descriptor that was opened as a path.
Device device_in_place(int fd) noexcept;

/// After it was opened, by a link of any name. Nothing was read of it yet.
Device device_of_kernel(int fd) noexcept;

/// fstat(2), of a stand-in too: a socket. 0 or a negative errno.
long look_at(int fd, struct stat& file) noexcept;

Device device_of_file(mode_t mode, dev_t number) noexcept;

} // namespace kif::random
