// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace kif::init {

/// Closes every descriptor of this process but those named. The numbers of the standard streams are held, by handles
/// that give and take nothing.
void close_descriptors_except(std::vector<int> kept);

} // namespace kif::init
