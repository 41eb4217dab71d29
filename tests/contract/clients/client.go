// The standard client of Go: chunked bodies from a pipe, 100-continue, HEAD.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func show(answer *http.Response, err error) {
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	fmt.Println(answer.StatusCode)
}

func main() {
	url := os.Args[1] + "/names"
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: 5 * time.Second}}
	for turn := 0; turn < 2; turn++ {
		show(client.Post(url, "application/json", strings.NewReader(`{"name":"a"}`)))
	}
	show(client.Post(url, "application/json", strings.NewReader(`{}`)))
	reader, writer := io.Pipe()
	go func() {
		io.WriteString(writer, `{"name":`)
		io.WriteString(writer, `"b"}`)
		writer.Close()
	}()
	request, _ := http.NewRequest("POST", url, reader)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Expect", "100-continue")
	show(client.Do(request))
	show(client.Head(url))
}
