// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/** What a key store is, by its first bytes. */
enum StoreFormat {
  /** Bouncy Castle's FIPS key store: a SEQUENCE that begins with one. */
  BCFKS,
  /** RFC 7292: a SEQUENCE that begins with the version 3. */
  PKCS12,
  /** Java's old format. */
  JKS,
  /** That of SunJCE. */
  JCEKS,
  /** Certificates as text, between lines that say so: a CA bundle. */
  PEM,
  /** None of these. */
  UNKNOWN;

  /** As many bytes as decide it: a CA bundle may begin with comments. */
  static final int BYTES = 8192;

  private static final int SEQUENCE = 0x30;
  private static final int INTEGER = 0x02;
  private static final byte[] JKS_START = {(byte) 0xfe, (byte) 0xed, (byte) 0xfe, (byte) 0xed};
  private static final byte[] JCEKS_START = {(byte) 0xce, (byte) 0xce, (byte) 0xce, (byte) 0xce};

  /** {@code bytes}: the store, or its first {@link #BYTES}. */
  static StoreFormat of(byte[] bytes) {
    if (startsWith(bytes, JKS_START)) {
      return JKS;
    }
    if (startsWith(bytes, JCEKS_START)) {
      return JCEKS;
    }
    if (bytes.length < 2 || bytes[0] != SEQUENCE) {
      return isPem(bytes) ? PEM : UNKNOWN;
    }
    // One byte of length, or as many more as its lower bits say; 0x80 alone: without a length (BER).
    int first = bytes[1] < 0 ? 2 + (bytes[1] & 0x7f) : 2;
    if (first + 2 >= bytes.length) {
      return UNKNOWN;
    }
    if (bytes[first] == INTEGER && bytes[first + 1] == 1 && bytes[first + 2] == 3) {
      return PKCS12;
    }
    return bytes[first] == SEQUENCE ? BCFKS : UNKNOWN;
  }

  /** Before the first certificate, a bundle has blank lines, comments, and names that are underlined (curl's). */
  private static boolean isPem(byte[] bytes) {
    String[] lines = new String(bytes, 0, Math.min(bytes.length, BYTES), StandardCharsets.ISO_8859_1).split("\r?\n", -1);
    for (int i = 0; i < lines.length; ++i) {
      if (lines[i].startsWith("-----BEGIN ")) {
        return true;
      }
      boolean isBesideTheWay = lines[i].isBlank() || lines[i].startsWith("#") || lines[i].matches("=+");
      if (!isBesideTheWay && (i + 1 == lines.length || !lines[i + 1].matches("=+"))) {
        return false;
      }
    }
    return false;
  }

  private static boolean startsWith(byte[] bytes, byte[] start) {
    return bytes.length >= start.length && Arrays.equals(Arrays.copyOf(bytes, start.length), start);
  }

  /**
   * The file that a store was read from, for a sentence about it: a program gives a stream, which does not tell. It is still open then,
   * so it is the one of this process's open files that has this content; without one, "the key store".
   */
  static String nameOf(byte[] bytes) {
    Set<String> names = new LinkedHashSet<>();
    File[] open = new File("/proc/self/fd").listFiles();
    for (File descriptor : open == null ? new File[0] : open) {
      try {
        Path file = descriptor.toPath().toRealPath();
        if (Files.isRegularFile(file) && Files.size(file) == bytes.length && hasContent(file, bytes)) {
          names.add(file.toString());
        }
      } catch (IOException | RuntimeException exception) {
        // Closed in the meantime, or no file with a name.
      }
    }
    return names.size() == 1 ? "the key store " + names.iterator().next() : "the key store";
  }

  private static boolean hasContent(Path file, byte[] bytes) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      return Arrays.equals(stream.readNBytes(bytes.length + 1), bytes);
    }
  }
}
