import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

/** The standard client of Java, which offers HTTP/2 (`Upgrade: h2c`) with its first request. */
public class Client {
  static HttpRequest.Builder to(String url) {
    return HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "application/json");
  }

  public static void main(String[] arguments) throws Exception {
    String url = arguments[0] + "/names";
    HttpClient client = HttpClient.newHttpClient();
    for (int turn = 0; turn < 2; turn++) {
      var sent = to(url).POST(BodyPublishers.ofString("{\"name\":\"a\"}")).build();
      System.out.println(client.send(sent, BodyHandlers.ofString()).statusCode());
    }
    var invalid = to(url).POST(BodyPublishers.ofString("{}")).build();
    System.out.println(client.send(invalid, BodyHandlers.ofString()).statusCode());
    var asked = to(url).expectContinue(true).POST(BodyPublishers.ofString("{\"name\":\"b\"}")).build();
    System.out.println(client.send(asked, BodyHandlers.ofString()).statusCode());
    var old = (HttpURLConnection) URI.create(url).toURL().openConnection();
    System.out.println(old.getResponseCode());
  }
}
