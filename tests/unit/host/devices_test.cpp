// SPDX-License-Identifier: Apache-2.0
#include "host/devices.h"

#include <gtest/gtest.h>

#include "fake_root.h"

namespace kif::host {
namespace {

TEST(Devices, WhatIsNotThereIsNotThere) {
  const Device device = look_at_device(FakeRoot().root(), "/dev/hwrng");
  EXPECT_EQ(device.path, "/dev/hwrng");
  EXPECT_FALSE(device.exists);
  EXPECT_EQ(device.number, "");
  ASSERT_FALSE(device.opens);
  EXPECT_EQ(device.opens.error().message, "cannot open it: No such file or directory");
}

TEST(Devices, AFileInADevicesPlaceHasNoNumber) {
  FakeRoot fake;
  const Device device = look_at_device(fake.file("/dev/random", "not random").root(), "/dev/random");
  EXPECT_TRUE(device.exists);
  EXPECT_EQ(device.number, "");
  EXPECT_TRUE(device.opens);
}

TEST(Devices, ARealOneHasItsNumber) {
  EXPECT_EQ(look_at_device(Root(), "/dev/null").number, "1:3");
}

TEST(Devices, TheHardwareGeneratorIsTheOneTheKernelUses) {
  FakeRoot fake;
  fake.file("/sys/class/misc/hw_random/rng_current", "virtio_rng.0\n")
      .file("/sys/class/misc/hw_random/rng_available", "virtio_rng.0 tpm-rng-0 \n");
  const Entropy entropy = look_at_entropy(fake.root());
  EXPECT_EQ(entropy.hw_random_current.value(), "virtio_rng.0");
  EXPECT_EQ(entropy.hw_random_available.value(), (std::vector<std::string>{"virtio_rng.0", "tpm-rng-0"}));
  EXPECT_EQ(look_at_entropy(FakeRoot().root()).hw_random_current.error().message,
            "no /sys/class/misc/hw_random/rng_current");
}

} // namespace
} // namespace kif::host
