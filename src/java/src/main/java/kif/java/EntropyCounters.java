// SPDX-License-Identifier: Apache-2.0
package kif.java;

/** A copy of the source's counters at one moment. They tell what this process did. */
public final class EntropyCounters {
  static final int FIELDS = 4;

  private final long[] fields;

  EntropyCounters(long[] fields) {
    this.fields = fields.clone();
  }

  /** Bytes handed out to callers. */
  public long bytesServed() {
    return fields[0];
  }

  /** Blocks of 32 bytes that passed all health tests. */
  public long blocks() {
    return fields[1];
  }

  /** Health tests that failed at their lower cutoff, after which a fresh collector was tried. */
  public long intermittentFailures() {
    return fields[2];
  }

  /** Health tests that failed for good, after which no byte is given any more. */
  public long permanentFailures() {
    return fields[3];
  }
}
