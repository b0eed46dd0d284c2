// SPDX-License-Identifier: Apache-2.0
// Spring Boot with its web starter, until it serves HTTPS: java SpringStart STORE TYPE
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

final class SpringStart {
  private SpringStart() {}

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}

  public static void main(String[] arguments) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setDefaultProperties(Map.of("server.port", "0", "server.address", "127.0.0.1", "logging.level.root", "ERROR", "spring.main.banner-mode", "off",
        "server.tomcat.basedir", "/dev/shm", "server.ssl.key-store", arguments[0], "server.ssl.key-store-type", arguments[1],
        "server.ssl.key-store-password", "changeit"));
    try (ConfigurableApplicationContext context = application.run()) {
      context.getId();
    }
    System.exit(0);
  }
}
