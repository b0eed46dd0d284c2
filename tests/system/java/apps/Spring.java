// SPDX-License-Identifier: Apache-2.0
// Spring Boot with its web starter: server.ssl by a key store and by PEM, and its own client.
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestTemplate;

final class Spring {
  private Spring() {}

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @RestController
  static class Application {
    @GetMapping("/")
    String hello() {
      return "hello";
    }
  }

  private static String serve(String... settings) throws Exception {
    Map<String, Object> properties = new HashMap<>(Map.of("server.port", "0", "server.address", "127.0.0.1", "logging.level.root", "ERROR",
        "spring.main.banner-mode", "off", "server.tomcat.basedir", "/tmp/spring"));
    for (int i = 0; i < settings.length; i += 2) {
      properties.put(settings[i], settings[i + 1]);
    }
    SpringApplication application = new SpringApplication(Application.class);
    application.setDefaultProperties(properties);
    try (ConfigurableApplicationContext context = application.run()) {
      int port = ((ServletWebServerApplicationContext) context).getWebServer().getPort();
      return new RestTemplate().getForObject("https://localhost:" + port + "/", String.class) + " " + Ground.get(port);
    }
  }

  public static void main(String[] arguments) throws Exception {
    HttpsURLConnection.setDefaultSSLSocketFactory(Ground.client().getSocketFactory());
    Ground.show("spring-pkcs12", () -> serve("server.ssl.key-store", Ground.FILES + "server.p12", "server.ssl.key-store-password", Ground.PASSWORD));
    Ground.show("spring-pem",
        () -> serve("server.ssl.certificate", Ground.FILES + "server.crt", "server.ssl.certificate-private-key", Ground.FILES + "server.key"));
  }
}
