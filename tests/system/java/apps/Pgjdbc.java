// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's driver with sslmode=verify-full against a real server, whose port is given: it logs in by SCRAM, with a long password and
// with one of 8 letters.
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

final class Pgjdbc {
  private Pgjdbc() {}

  private static String logIn(String port, String user, String password) throws Exception {
    String url = "jdbc:postgresql://localhost:" + port + "/postgres?sslmode=verify-full&sslrootcert=" + Ground.FILES + "server.crt";
    try (Connection connection = DriverManager.getConnection(url, user, password); Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select version from pg_stat_ssl where pid = pg_backend_pid()")) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** The server is started beside this: it may not listen yet, or let nobody in (SQLSTATE 08001, 57P03). */
  private static void waitForServer(String port) throws Exception {
    for (int i = 0; i < 600; ++i) {
      try {
        logIn(port, "nobody", "nobody's password");
      } catch (SQLException exception) {
        if (!"08001".equals(exception.getSQLState()) && !"57P03".equals(exception.getSQLState())) {
          return;
        }
      }
      Thread.sleep(100);
    }
  }

  public static void main(String[] arguments) throws Exception {
    waitForServer(arguments[0]);
    Ground.show("pgjdbc-scram", () -> logIn(arguments[0], "patient", "a password of some length"));
    Ground.show("pgjdbc-scram-short", () -> logIn(arguments[0], "hasty", "password"));
    Ground.show("pgjdbc-wrong-password", () -> logIn(arguments[0], "patient", "another password of some length"));
  }
}
