// SPDX-License-Identifier: Apache-2.0
// The stand-in for a random device: a socket on which packets of DRBG bytes come without end. It stays one in whatever
// process it is inherited by, passed to or duplicated in. What was opened, and how, is told by a mark that the socket
// itself carries, so that needs no table that an exec would lose.
#pragma once

#include <cstddef>

#include <sys/types.h>
#include <sys/uio.h>

namespace kif::random {

enum class Device { none, random, urandom };

/// A descriptor as open(2) with these flags gives, or a negative errno: ENXIO where there are no bytes.
int open_stand_in(Device device, int flags) noexcept;

/// The same in the place of `fd`, which goes on to be the number. On failure `fd` is closed.
int replace_by_stand_in(int fd, Device device, int flags) noexcept;

/// Whether the descriptor is one, of this process or of one that it was inherited from. Costs a system call or two.
bool is_stand_in(int fd) noexcept;

/// This process, or the one that it was forked from, has opened a stand-in. What would cost others a system call at
/// each use is only done then.
bool has_opened_stand_in() noexcept;
bool has_opened_for_writing_only() noexcept;

/// Numbers that this process closed, or gave to another descriptor, by the functions that this library has: what it
/// opened there is forgotten.
void note_closed(unsigned first, unsigned last) noexcept;
void note_duplicated(int from, int to) noexcept;

/// Of a stand-in.
Device device_of(int fd) noexcept;
dev_t number_of(Device device) noexcept;
/// O_RDONLY, O_WRONLY or O_RDWR, of a stand-in.
int access_of(int fd) noexcept;
inline constexpr unsigned k_device_major = 1;

/// Before a read: where there is a sign that this machine is a copy, what lies ready in stand-ins is thrown away.
void drop_packets_of_before() noexcept;

/// read(2) of a stand-in that has given `done` bytes already (0: none): until all parts are full. −1 and errno: none.
ssize_t read_on(int fd, const iovec* parts, int count, std::size_t done) noexcept;

/// write(2) to a stand-in: the bytes go nowhere, as nothing that a process writes may have a say in what others get.
ssize_t write_to_stand_in(int fd, const void* buffer, std::size_t length) noexcept;

} // namespace kif::random
