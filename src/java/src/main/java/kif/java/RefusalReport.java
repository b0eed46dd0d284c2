// SPDX-License-Identifier: Apache-2.0
package kif.java;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Tells {@code kif run --trace=refused} what a program asked the list of providers for and did not get. {@link KifProvider} is asked where
 * the providers before it have nothing; where kif made no pipe for it, that is all that happens.
 *
 * <p>A line: the process's number in the container, the kind of service, the algorithm, then file and function of each caller, nearest first,
 * with tabs between them.
 */
final class RefusalReport {
  /** Where kif mounts a pipe (watch/java_refusals.h). */
  private static final String PIPE = "/.kif/refused";
  /** Less than a pipe takes as one piece (PIPE_BUF), so that the lines of several processes do not mix. */
  private static final int MAX_BYTES = 3900;
  private static final int MAX_CALLERS = 8;
  private static final int MAX_TEXT = 200;
  private static final List<String> BESIDE_THE_WAY =
      List.of("kif.java.", "java.security.", "javax.crypto.", "javax.net.ssl.", "sun.security.", "java.lang.reflect.", "jdk.internal.");

  private static final String PROVIDER_LIST = "sun.security.jca.ProviderList";

  private static final FileOutputStream PIPE_END = open();
  /** What is asked while a line is made is kif's own question. */
  private static final ThreadLocal<Boolean> IS_BUSY = ThreadLocal.withInitial(() -> Boolean.FALSE);

  private RefusalReport() {}

  private static FileOutputStream open() {
    try {
      return new File(PIPE).exists() ? new FileOutputStream(PIPE) : null;
    } catch (IOException | SecurityException exception) {
      return null;
    }
  }

  /** {@code asked} has no such service. Never throws: the program gets the answer that it would get without a trace. */
  static void tell(Provider asked, String type, String algorithm) {
    // A cipher is looked for by its whole transformation, then by parts of it, last by its algorithm alone.
    if (PIPE_END == null || IS_BUSY.get() || algorithm == null || (type.equals("Cipher") && algorithm.indexOf('/') >= 0)) {
      return;
    }
    IS_BUSY.set(Boolean.TRUE);
    try {
      String line = isOfferedBeside(asked, type, algorithm) ? null : describe(type, algorithm);
      if (line != null) {
        PIPE_END.write(line.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException | RuntimeException exception) {
      // kif has gone, or nothing can be told of this one.
    } finally {
      IS_BUSY.set(Boolean.FALSE);
    }
  }

  /**
   * The same for a provider behind {@link KifProvider}, asked by its name. Where it is only one of the list, KifProvider was asked before it
   * and has told.
   */
  static void tellNamed(Provider asked, String type, String algorithm) {
    if (PIPE_END != null && !StackWalker.getInstance().walk(all -> all.limit(20).anyMatch(f -> f.getClassName().startsWith(PROVIDER_LIST)))) {
      tell(asked, type, algorithm);
    }
  }

  /** Where SUN was kept it stands behind kif's provider. */
  private static boolean isOfferedBeside(Provider asked, String type, String algorithm) {
    for (Provider provider : Security.getProviders()) {
      if (provider != asked && provider.getService(type, algorithm) != null) {
        return true;
      }
    }
    return false;
  }

  private static String describe(String type, String algorithm) {
    List<StackWalker.StackFrame> frames =
        StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).walk(all -> all.limit(200).collect(Collectors.toList()));
    int first = 0;
    while (first < frames.size() && isBesideTheWay(frames.get(first))) {
      ++first;
    }
    StringBuilder line = new StringBuilder().append(ProcessHandle.current().pid());
    line.append('\t').append(cut(type)).append('\t').append(cut(algorithm));
    // The function of the interface that was called, and who called it.
    for (int i = Math.max(first - 1, 0), callers = 0; i < frames.size() && callers < MAX_CALLERS; ++i) {
      StackWalker.StackFrame frame = frames.get(i);
      if (frame.getClassName().startsWith(SelfCheck.class.getName())) {
        return null; // it asks in order to be refused
      }
      if (i < first || !isBesideTheWay(frame)) {
        String caller = "\t" + cut(fileOf(frame.getDeclaringClass())) + "\t" + cut(frame.getClassName() + "." + frame.getMethodName());
        if (bytesOf(line) + bytesOf(caller) >= MAX_BYTES) {
          break;
        }
        line.append(caller);
        ++callers;
      }
    }
    return line.append('\n').toString();
  }

  private static boolean isBesideTheWay(StackWalker.StackFrame frame) {
    return BESIDE_THE_WAY.stream().anyMatch(frame.getClassName()::startsWith);
  }

  /** The jar or folder of a class, or its module. */
  private static String fileOf(Class<?> type) {
    if (type.getModule().isNamed()) {
      return type.getModule().getName();
    }
    CodeSource source = type.getProtectionDomain().getCodeSource();
    return source == null || source.getLocation() == null ? "" : source.getLocation().getPath();
  }

  private static int bytesOf(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  /** As much as kif keeps, of what ends neither a field nor a line. */
  private static String cut(String text) {
    String clean = text.replaceAll("\\p{Cntrl}", "?");
    return clean.length() > MAX_TEXT ? clean.substring(0, MAX_TEXT) : clean;
  }
}
