// SPDX-License-Identifier: Apache-2.0
// Apache Tomcat with HTTPS by each kind of file, and HTTP/2.
import java.net.http.HttpClient;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

final class Tomcat {
  private Tomcat() {}

  private interface Files {
    void set(SSLHostConfigCertificate certificate);
  }

  private static String serve(Files files, HttpClient.Version version) throws Exception {
    org.apache.catalina.startup.Tomcat tomcat = new org.apache.catalina.startup.Tomcat();
    tomcat.setBaseDir("/tmp/tomcat");
    tomcat.setSilent(true);
    Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
    connector.setPort(0);
    connector.setProperty("SSLEnabled", "true");
    connector.setSecure(true);
    SSLHostConfig host = new SSLHostConfig();
    SSLHostConfigCertificate certificate = new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
    files.set(certificate);
    host.addCertificate(certificate);
    connector.addSslHostConfig(host);
    connector.addUpgradeProtocol(new Http2Protocol());
    tomcat.setConnector(connector);
    tomcat.addContext("", null);
    try {
      tomcat.start();
      if (connector.getState() != LifecycleState.STARTED) {
        throw new IllegalStateException("the connector is " + connector.getState());
      }
      return Ground.get(connector.getLocalPort(), version);
    } finally {
      tomcat.stop();
      tomcat.destroy();
    }
  }

  private static Files store(String path, String type) {
    return certificate -> {
      certificate.setCertificateKeystoreFile(path);
      certificate.setCertificateKeystorePassword(Ground.PASSWORD);
      if (type != null) {
        certificate.setCertificateKeystoreType(type);
      }
    };
  }

  public static void main(String[] arguments) {
    Files pem = certificate -> {
      certificate.setCertificateFile(Ground.FILES + "server.crt");
      certificate.setCertificateKeyFile(Ground.FILES + "server.key");
    };
    String file = Ground.FILES + "server.p12";
    Ground.show("tomcat-pem", () -> serve(pem, HttpClient.Version.HTTP_1_1));
    Ground.show("tomcat-pkcs12", () -> serve(store(file, "PKCS12"), HttpClient.Version.HTTP_1_1));
    Ground.show("tomcat-pkcs12-by-default", () -> serve(store(file, null), HttpClient.Version.HTTP_1_1));
    if (Ground.isHardened()) {
      Ground.show("tomcat-bcfks", () -> serve(store(Ground.BOUNCY_CASTLE_STORE, "BCFKS"), HttpClient.Version.HTTP_1_1));
    }
    Ground.show("tomcat-http2", () -> serve(pem, HttpClient.Version.HTTP_2));
  }
}
