// SPDX-License-Identifier: Apache-2.0
// The entropy provider by itself: its seeds, and the generator behind SecureRandom.getInstanceStrong(). First argument: what to do. Prints what came of it, an exception as
// "CLASS: MESSAGE", and the counters.
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.security.DrbgParameters;
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
  private static final int PIECE = 1 << 15; // the module's largest request

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

  /** What all draws go through. */
  private static void fill(byte[] bytes) throws Throwable {
    Method fill = JitterSource.class.getDeclaredMethod("fill", byte[].class);
    fill.setAccessible(true);
    try {
      fill.invoke(null, bytes);
    } catch (InvocationTargetException thrown) {
      throw thrown.getCause();
    }
  }

  /** Draws until the source fails; then once more, and what is in the array must be zeros. */
  private static void untilFailure() throws Throwable {
    byte[] bytes = new byte[600];
    for (int turn = 0; turn < 2; ++turn) {
      Arrays.fill(bytes, (byte) 7);
      try {
        fill(bytes);
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
    for (int length : new int[] {0, 1, 31, 32, 33, 255, 256, 257, 600}) {
      byte[] seed = random.generateSeed(length);
      if (seed.length != length || (length > 8 && !seen.add(Arrays.toString(seed)))) {
        System.out.println("wrong at " + length);
      }
    }
    System.out.println("lengths done");
  }

  private interface Step {
    void run() throws Exception;
  }

  /** What the step took from the source. */
  private static void taken(String name, Step step) {
    long before = JitterSource.counters().bytesServed();
    String failure = "";
    try {
      step.run();
    } catch (Exception | Error thrown) {
      failure = " " + thrown;
    }
    System.out.println(name + " " + (JitterSource.counters().bytesServed() - before) + failure);
  }

  /** The generator that draws, and what it takes from the source for that. */
  private static void generator() throws Exception {
    SecureRandom random = random();
    byte[] large = new byte[3 * PIECE + 5];
    byte[] small = new byte[32];
    byte[] other = new byte[32];
    taken("first", () -> random.nextBytes(small));
    taken("large", () -> random.nextBytes(large));
    Set<String> pieces = new HashSet<>();
    for (int at = 0; at < large.length; at += 32) {
      pieces.add(Arrays.toString(Arrays.copyOfRange(large, at, Math.min(at + 32, large.length))));
    }
    System.out.println("distinct " + pieces.size());
    taken("none", () -> random.nextBytes(new byte[0]));
    taken("reseed", random::reseed);
    taken("reseed with more", () -> random.reseed(DrbgParameters.reseed(true, new byte[] {1})));
    taken("as it is", () -> random.nextBytes(other, DrbgParameters.nextBytes(256, false, null)));
    taken("resistant", () -> random.nextBytes(other, DrbgParameters.nextBytes(256, true, new byte[] {1})));
    taken("another", () -> random().nextBytes(small));
    taken("too strong", () -> random.nextBytes(other, DrbgParameters.nextBytes(512, false, null)));
  }

  public static void main(String[] arguments) throws Throwable {
    try {
      switch (arguments[0]) {
        case "threads": threads(); break;
        case "lengths": lengths(); break;
        case "generator": generator(); break;
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
