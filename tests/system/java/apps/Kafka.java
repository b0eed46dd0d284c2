// SPDX-License-Identifier: Apache-2.0
// A Kafka broker (KRaft, one node) with SASL_SSL, and clients that trust a PEM file: SASL PLAIN, SCRAM, an administrator's calls. Where the broker
// ends itself for lack of MD5, which its log cleaner wants, the rest is tried with another one that has no cleaner.
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;

final class Kafka {
  private static int port = 9093; // the container's network is its own
  private static final String LOGIN = "org.apache.kafka.common.security.";

  private Kafka() {}

  private static KafkaRaftServer broker(boolean hasCleaner) throws Exception {
    int controller = port + 1;
    Path folder = Path.of("/tmp/kafka-" + port);
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("meta.properties"), "version=1\ncluster.id=AAAAAAAAQACAAAAAAAAAAA\nnode.id=1\ndirectory.id=AAAAAAAAQACAAAAAAAAAAg\n");
    Properties properties = new Properties();
    properties.putAll(Map.ofEntries(Map.entry("process.roles", "broker,controller"), Map.entry("node.id", "1"),
        Map.entry("controller.quorum.voters", "1@localhost:" + controller),
        Map.entry("listeners", "SASL_SSL://localhost:" + port + ",CONTROLLER://localhost:" + controller),
        Map.entry("controller.listener.names", "CONTROLLER"), Map.entry("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL"),
        Map.entry("security.inter.broker.protocol", "SASL_SSL"), Map.entry("sasl.mechanism.inter.broker.protocol", "PLAIN"),
        Map.entry("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256"), Map.entry("log.dirs", folder.toString()),
        Map.entry("log.cleaner.enable", String.valueOf(hasCleaner)), Map.entry("offsets.topic.replication.factor", "1"), Map.entry("offsets.topic.num.partitions", "1"),
        Map.entry("ssl.keystore.type", "PKCS12"), Map.entry("ssl.keystore.location", Ground.FILES + "server.p12"),
        Map.entry("ssl.keystore.password", Ground.PASSWORD), Map.entry("ssl.key.password", Ground.PASSWORD),
        Map.entry("ssl.truststore.type", "JKS"), Map.entry("ssl.truststore.location", Ground.FILES + "ca.jks"),
        Map.entry("ssl.truststore.password", Ground.PASSWORD),
        Map.entry("listener.name.sasl_ssl.plain.sasl.jaas.config", LOGIN + "plain.PlainLoginModule required username=\"admin\" password=\"a password\" user_admin=\"a password\";"),
        Map.entry("listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config", LOGIN + "scram.ScramLoginModule required;")));
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
    server.startup();
    return server;
  }

  private static Map<String, Object> client(String mechanism, String login) throws Exception {
    return new HashMap<>(Map.of("bootstrap.servers", "localhost:" + port, "security.protocol", "SASL_SSL", "sasl.mechanism", mechanism, "sasl.jaas.config",
        LOGIN + login, "ssl.truststore.type", "PEM", "ssl.truststore.certificates", Files.readString(Path.of(Ground.FILES + "server.crt")),
        "default.api.timeout.ms", "30000", "request.timeout.ms", "15000"));
  }

  private static Map<String, Object> administrator() throws Exception {
    return client("PLAIN", "plain.PlainLoginModule required username=\"admin\" password=\"a password\";");
  }

  private static String setPassword(Admin admin, String user, String password) throws Exception {
    admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), password)))
        .all().get(30, TimeUnit.SECONDS);
    return "set";
  }

  private static String consume(String user, String password) throws Exception {
    Map<String, Object> settings = client("SCRAM-SHA-256", "scram.ScramLoginModule required username=\"" + user + "\" password=\"" + password + "\";");
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      TopicPartition partition = new TopicPartition("topic", 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      ConsumerRecords<String, String> records = consumer.poll(Duration.ofSeconds(30));
      return records.iterator().next().value();
    }
  }

  /** The broker learns of a password some time after the controller has taken it, and refuses it until then. */
  private static String consumeInTime(String user, String password) throws Exception {
    for (int i = 0;; ++i) {
      try {
        return consume(user, password);
      } catch (SaslAuthenticationException exception) {
        if (i == 100) {
          throw exception;
        }
        Thread.sleep(200);
      }
    }
  }

  /** What the broker calls where it cannot go on. */
  private static void tryWithoutCleaner() {
    Ground.show("kafka-broker", () -> {
      MessageDigest.getInstance("MD5");
      throw new IllegalStateException("it ended itself");
    });
    try {
      new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-cp", System.getProperty("java.class.path"), "Kafka", "without").inheritIO().start().waitFor();
    } catch (Exception exception) {
      exception.printStackTrace();
    }
    Runtime.getRuntime().halt(0);
  }

  public static void main(String[] arguments) throws Exception {
    boolean hasCleaner = arguments.length == 0;
    if (hasCleaner) {
      Exit.setHaltProcedure((status, message) -> tryWithoutCleaner());
    } else {
      port += 10; // the other process is still there
    }
    KafkaRaftServer broker = broker(hasCleaner);
    try (Admin admin = Admin.create(administrator())) {
      if (hasCleaner) {
        Ground.show("kafka-broker", () -> admin.describeCluster().nodes().get(30, TimeUnit.SECONDS).size() + " node");
      }
      Ground.show("kafka-plain", () -> {
        admin.createTopics(List.of(new NewTopic("topic", Optional.of(1), Optional.empty()))).all().get(30, TimeUnit.SECONDS);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(administrator(), new StringSerializer(), new StringSerializer())) {
          return "offset " + producer.send(new ProducerRecord<>("topic", "a message")).get(30, TimeUnit.SECONDS).offset();
        }
      });
      Ground.show("kafka-scram", () -> setPassword(admin, "patient", "a password of some length") + ", " + consumeInTime("patient", "a password of some length"));
      Ground.show("kafka-scram-short", () -> setPassword(admin, "hasty", "password") + ", " + consumeInTime("hasty", "password"));
    }
    broker.shutdown();
    System.exit(0);
  }
}
