// SPDX-License-Identifier: Apache-2.0
// The entropy provider by itself, without Bouncy Castle. First argument: what to do. Prints what came of it, an exception as
// "CLASS: MESSAGE", and the counters.
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import kif.java.EntropyCounters;
import kif.java.JitterSource;
import kif.java.KifProvider;

public final class Draws {
  private static final int THREADS = 8;
  private static final int DRAWS = 20;

  private static SecureRandom random() throws Exception {
    return SecureRandom.getInstance("ENTROPY", new KifProvider());
  }

  private static void threads() throws Exception {
    SecureRandom random = random();
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Thread[] threads = new Thread[THREADS];
    for (int i = 0; i < THREADS; ++i) {
      threads[i] = new Thread(() -> {
        for (int draw = 0; draw < DRAWS; ++draw) {
          seen.add(Arrays.toString(random.generateSeed(16)));
        }
      });
      threads[i].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    System.out.println("distinct " + seen.size());
  }

  /** Draws until the source fails; then once more, and what is in the array must be zeros. */
  private static void untilFailure() throws Exception {
    SecureRandom random = random();
    byte[] bytes = new byte[600];
    for (int turn = 0; turn < 2; ++turn) {
      Arrays.fill(bytes, (byte) 7);
      try {
        random.nextBytes(bytes);
        System.out.println("drawn");
      } catch (RuntimeException failure) {
        System.out.println(failure.getClass().getName() + ": " + failure.getMessage());
        System.out.println("wiped " + Arrays.equals(bytes, new byte[bytes.length]));
      }
    }
  }

  private static void lengths() throws Exception {
    SecureRandom random = random();
    random.setSeed(new byte[] {1, 2, 3}); // adds nothing and harms nothing
    Set<String> seen = new HashSet<>();
    for (int length : new int[] {1, 31, 32, 33, 255, 256, 257, 600}) {
      byte[] next = new byte[length];
      random.nextBytes(next);
      byte[] seed = random.generateSeed(length);
      if (seed.length != length || (length > 8 && (!seen.add(Arrays.toString(next)) || !seen.add(Arrays.toString(seed))))) {
        System.out.println("wrong at " + length);
      }
    }
    random.nextBytes(new byte[0]);
    System.out.println("lengths done");
  }

  public static void main(String[] arguments) throws Exception {
    try {
      switch (arguments[0]) {
        case "threads": threads(); break;
        case "lengths": lengths(); break;
        case "until-failure": untilFailure(); break;
        default: throw new IllegalArgumentException(arguments[0]);
      }
    } catch (RuntimeException failure) {
      System.out.println(failure.getClass().getName() + ": " + failure.getMessage());
    }
    EntropyCounters counters = JitterSource.counters();
    System.out.println("counters " + counters.bytesServed() + " " + counters.blocks() + " " + counters.intermittentFailures() + " "
        + counters.permanentFailures());
  }
}
