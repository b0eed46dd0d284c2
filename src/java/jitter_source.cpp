// SPDX-License-Identifier: Apache-2.0
// The native methods of kif.java.JitterSource. They throw nothing into Java: a failure is a string, and Java makes the
// exception. So no class is looked up here, and nothing depends on which class loader has the jar.
#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <new>
#include <span>
#include <string>

#include <jni.h>

#include "base/wipe.h"
#include "entropy/counters.h"
#include "entropy/source_error.h"
#include "java/source.h"

namespace {

using kif::entropy::SourceError;

/// Drawn at a time. Java's array is written to afterwards: a block takes 10 ms, for which the garbage collector must
/// not wait, so no part of the heap is pinned.
constexpr std::size_t k_chunk_bytes = 256;

jstring text(JNIEnv* environment, const char* words) noexcept {
  return environment->NewStringUTF(words);
}

/// All of `array`, chunk by chunk. The first failure ends it.
SourceError draw_into(JNIEnv* environment, jbyteArray array, kif::entropy::SeedSource& source) noexcept {
  kif::WipingArray<k_chunk_bytes> chunk;
  const auto length = static_cast<std::size_t>(environment->GetArrayLength(array));
  SourceError error = SourceError::none;
  for (std::size_t done = 0; done < length && error == SourceError::none;) {
    const auto part = chunk.bytes().first(std::min(k_chunk_bytes, length - done));
    error = source.draw(part);
    if (error == SourceError::none)
      environment->SetByteArrayRegion(array, static_cast<jsize>(done), static_cast<jsize>(part.size()),
                                      reinterpret_cast<const jbyte*>(part.data()));
    done += part.size();
  }
  return error;
}

} // namespace

extern "C" {

JNIEXPORT jstring JNICALL Java_kif_java_JitterSource_open(JNIEnv* environment, jclass, jstring path) {
  const char* words = environment->GetStringUTFChars(path, nullptr);
  if (words == nullptr)
    return nullptr; // OutOfMemoryError is pending and is thrown when this returns
  jstring failure = nullptr;
  try {
    if (auto source = kif::java::open_source(words); !source)
      failure = text(environment, source.error().message.c_str());
  } catch (const std::bad_alloc&) {
    failure = text(environment, "cannot open the entropy source: no memory");
  } catch (const std::exception& error) {
    failure = text(environment, error.what());
  }
  environment->ReleaseStringUTFChars(path, words);
  return failure;
}

JNIEXPORT jstring JNICALL Java_kif_java_JitterSource_draw(JNIEnv* environment, jclass, jbyteArray out) {
  kif::entropy::SeedSource* source = kif::java::opened_source();
  if (source == nullptr)
    return text(environment, "the entropy source is not open");
  const SourceError error = draw_into(environment, out, *source);
  return error == SourceError::none ? nullptr : text(environment, kif::entropy::describe(error).data());
}

JNIEXPORT jlongArray JNICALL Java_kif_java_JitterSource_count(JNIEnv* environment, jclass) {
  kif::entropy::Counters counters;
  if (kif::entropy::SeedSource* source = kif::java::opened_source(); source != nullptr)
    counters = source->counters();
  const std::array<jlong, 4> fields{static_cast<jlong>(counters.bytes_handed_out), static_cast<jlong>(counters.blocks),
                                    static_cast<jlong>(counters.intermittent_failures()),
                                    static_cast<jlong>(counters.permanent_failures())};
  jlongArray array = environment->NewLongArray(static_cast<jsize>(fields.size()));
  if (array != nullptr)
    environment->SetLongArrayRegion(array, 0, static_cast<jsize>(fields.size()), fields.data());
  return array;
}
}
