// SPDX-License-Identifier: Apache-2.0
#include "base/shared_library.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"

namespace kif {
namespace {

using Version = unsigned (*)();

TEST(SharedLibrary, AMissingOneIsNotFoundAndNamedOnce) {
  const auto library = SharedLibrary::open("libnone.so.1", "libnone.so.1");
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, ErrorCode::not_found);
  EXPECT_EQ(library.error().message,
            "cannot load libnone.so.1: cannot open shared object file: No such file or directory");
}

TEST(SharedLibrary, AFileThatIsNoLibraryIsUnsupported) {
  const TempDir folder = TempDir::create("kif-test-").value();
  const std::string path = folder.path() / "x.so";
  std::ofstream(path) << "x";
  const auto library = SharedLibrary::open(path, "the thing " + path);
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, ErrorCode::unsupported);
  EXPECT_EQ(library.error().message, "cannot load the thing " + path + ": file too short");
}

TEST(SharedLibrary, TheFirstFunctionThatIsMissingIsNamed) {
  SharedLibrary library = SharedLibrary::open(KIF_JITTERENTROPY_LIBRARY, "jitterentropy").value();
  Version version = nullptr;
  library.require(version, "jent_version");
  ASSERT_NE(version, nullptr);
  EXPECT_GE(version(), 3040000U);
  EXPECT_TRUE(library.check());
  library.find(version, "jent_none");
  EXPECT_EQ(version, nullptr);
  EXPECT_TRUE(library.check()) << "that one need not be there";
  library.require(version, "jent_one");
  library.require(version, "jent_two");
  EXPECT_EQ(library.check().error().message, "cannot use jitterentropy: it has no function jent_one");
  EXPECT_EQ(library.check().error().code, ErrorCode::unsupported);
}

// A library's own functions are its dependencies' as well; those of the process are everybody's.
TEST(SharedLibrary, FunctionsAreItsOwnOrThoseOfTheProcess) {
  Version function = nullptr;
  SharedLibrary::open(KIF_JITTERENTROPY_LIBRARY, "x").value().find(function, "__cxa_throw");
  EXPECT_EQ(function, nullptr) << "it is this program's libstdc++'s";
  SharedLibrary::open("libm.so.6", "x", SharedLibrary::Scope::process).value().find(function, "__cxa_throw");
  EXPECT_NE(function, nullptr);
}

TEST(SharedLibrary, ItIsUnloadedUnlessItStays) {
  EXPECT_FALSE(SharedLibrary::is_loaded(KIF_JITTERENTROPY_LIBRARY));
  {
    const SharedLibrary library = SharedLibrary::open(KIF_JITTERENTROPY_LIBRARY, "x").value();
    EXPECT_TRUE(SharedLibrary::is_loaded(KIF_JITTERENTROPY_LIBRARY));
  }
  EXPECT_FALSE(SharedLibrary::is_loaded(KIF_JITTERENTROPY_LIBRARY));
  SharedLibrary::open(KIF_JITTERENTROPY_LIBRARY, "x").value().stay();
  EXPECT_TRUE(SharedLibrary::is_loaded(KIF_JITTERENTROPY_LIBRARY));
}

} // namespace
} // namespace kif
