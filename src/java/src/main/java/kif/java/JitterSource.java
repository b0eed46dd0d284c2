// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.util.Arrays;

/**
 * The one seed source of the process, in libkif-java.so. Opened by the first use; what failed to open is tried again by the next use, so
 * that no half-open state stays.
 *
 * <p>The library is loaded from where it lies. Unpacking it from the jar would need a temporary file, and the JDK names those with random
 * numbers: the source would ask for what it is there to give.
 */
public final class JitterSource {
  /** Names another libkif-java.so, for tests. An absolute path. */
  static final String LIBRARY_PROPERTY = "kif.java.library";
  /** Names another jitterentropy library, for tests and certified builds. An absolute path; else the one beside libkif-java.so. */
  static final String JITTERENTROPY_PROPERTY = "kif.java.jitterentropy";

  private static final String LIBRARY = "/usr/lib/kif/libkif-java.so";
  private static final String JITTERENTROPY = "libjitterentropy.so.3";

  private static volatile boolean opened;

  private JitterSource() {}

  /** Fills all of {@code out}, or wipes it and throws. */
  static void fill(byte[] out) {
    open();
    String failure = draw(out);
    if (failure != null) {
      Arrays.fill(out, (byte) 0);
      throw new EntropyException("cannot draw " + out.length + " bytes of entropy: " + failure);
    }
  }

  /** What the source has done in this process. All zeros before the first draw. */
  public static EntropyCounters counters() {
    return new EntropyCounters(opened ? count() : new long[EntropyCounters.FIELDS]);
  }

  private static synchronized void open() {
    if (opened) {
      return;
    }
    String library = System.getProperty(LIBRARY_PROPERTY, LIBRARY);
    try {
      System.load(library);
    } catch (UnsatisfiedLinkError error) {
      throw new EntropyException("cannot load the entropy source: " + error.getMessage(), error);
    }
    String beside = library.substring(0, library.lastIndexOf('/') + 1) + JITTERENTROPY;
    String failure = open(System.getProperty(JITTERENTROPY_PROPERTY, beside));
    if (failure != null) {
      throw new EntropyException(failure);
    }
    opened = true;
  }

  /** Opens jitterentropy at this path; null, or the sentence that says why not. */
  private static native String open(String jitterentropy);

  /** Fills all of {@code out}; null, or the clause that names the health test. Then the content of {@code out} is undefined. */
  private static native String draw(byte[] out);

  /** Bytes handed out, blocks, intermittent failures, permanent failures. */
  private static native long[] count();
}
