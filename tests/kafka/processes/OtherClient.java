import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventDeserializer;
import io.cloudevents.kafka.CloudEventSerializer;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What another team's service does, with Kafka's own client and CloudEvents' Java SDK.
 *
 * write SERVERS FILE HOW=TOPIC ...: the file's lines, each an event, in every way that is asked for.
 * read SERVERS HOW=TOPIC ...: what is on the topics; a line for each record, its parts in base64.
 */
public class OtherClient {
    public static void main(String[] args) throws Exception {
        if (args[0].equals("write")) {
            List<String> events = Files.readAllLines(Path.of(args[2]));
            for (String one : List.of(args).subList(3, args.length)) {
                write(args[1], one.split("=")[0], one.split("=")[1], events);
            }
        } else {
            for (String one : List.of(args).subList(2, args.length)) {
                read(args[1], one.split("=")[0], one.split("=")[1]);
            }
        }
    }

    static void write(String servers, String how, String topic, List<String> events) throws Exception {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", servers));
        if (List.of("gzip", "snappy", "lz4", "zstd").contains(how)) {
            settings.put("compression.type", how);
        }
        boolean framed = List.of("structured", "binary", "base64").contains(how);
        try (var producer = new KafkaProducer<String, Object>(settings, new StringSerializer(), serializer(how, framed))) {
            for (String event : events) {
                byte[] bytes = event.getBytes("UTF-8");
                Object value = bytes;
                if (framed) {
                    String type = how.equals("base64") ? "application/octet-stream" : "application/json";
                    value = CloudEventBuilder.v1().withId(UUID.randomUUID().toString()).withSource(URI.create("/java"))
                        .withType("UserRegistered.v1").withData(type, bytes).build();
                } else if (how.equals("confluent")) {
                    value = ByteBuffer.allocate(5 + bytes.length).put((byte) 0).putInt(7).put(bytes).array();
                }
                producer.send(new ProducerRecord<>(topic, "user-1", value));
            }
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    static Serializer<Object> serializer(String how, boolean framed) {
        if (!framed) {
            return (Serializer) new ByteArraySerializer();
        }
        Map<String, Object> settings = new HashMap<>();
        settings.put(CloudEventSerializer.ENCODING_CONFIG, how.equals("binary") ? Encoding.BINARY : Encoding.STRUCTURED);
        settings.put(CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE);
        CloudEventSerializer serializer = new CloudEventSerializer();
        serializer.configure(settings, false);
        return (Serializer) serializer;
    }

    static void read(String servers, String how, String topic) {
        Deserializer<?> values = how.equals("cloudevents") ? new CloudEventDeserializer() : new ByteArrayDeserializer();
        Map<String, Object> settings = Map.of("bootstrap.servers", servers, "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), values)) {
            TopicPartition place = new TopicPartition(topic, 0);
            consumer.assign(List.of(place));
            consumer.seekToBeginning(List.of(place));
            long end = consumer.endOffsets(List.of(place)).get(place);
            while (consumer.position(place) < end) {
                for (var record : consumer.poll(Duration.ofMillis(500))) {
                    byte[] value;
                    String told = "";
                    if (record.value() instanceof CloudEvent event) {
                        value = event.getData().toBytes();
                        told = event.getId() + " " + event.getType() + " " + event.getSource() + " " + event.getSubject();
                    } else {
                        value = (byte[]) record.value();
                    }
                    System.out.println(topic + "\t" + record.key() + "\t" + told + "\t"
                        + Base64.getEncoder().encodeToString(value));
                }
            }
        }
    }
}
