package transport

import (
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// respond returns a response with a status, headers and an empty JSON object.
func respond(status int, header http.Header) *http.Response {
	return &http.Response{StatusCode: status, Header: maps.Collect(maps.All(header)), Body: io.NopCloser(strings.NewReader("{}"))}
}

// sendThrough sends a request through the pipeline in front of next, with a timeout.
func sendThrough(t *testing.T, timeout time.Duration, next roundTripperFunc) (time.Duration, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://hcp.example/path", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	resp, err := New(next, Config{Redactor: &Redactor{}}).RoundTrip(req)
	if err == nil {
		resp.Body.Close()
	}
	return time.Since(begin), err
}

// The server's wish is granted, and some random time added, so that not all clients
// come back at once. Each attempt sends the body.
func TestWait(t *testing.T) {
	for name, header := range map[string]http.Header{
		"Retry-After":             {"Retry-After": {"23"}},
		"X-Ratelimit-Reset":       {"X-Ratelimit-Reset": {"23"}},
		"Retry-After comes first": {"Retry-After": {"23"}, "X-Ratelimit-Reset": {"600"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts := 0
				took, err := sendThrough(t, time.Minute, func(req *http.Request) (*http.Response, error) {
					attempts++
					if body, _ := io.ReadAll(req.Body); string(body) != "body" {
						t.Errorf("attempt %d sent %q", attempts, body)
					}
					if attempts == 1 {
						return respond(http.StatusTooManyRequests, header), nil
					}
					return respond(http.StatusOK, nil), nil
				})
				if err != nil || attempts != 2 {
					t.Errorf("%d attempts, %v", attempts, err)
				}
				if added := took - 23*time.Second; added < baseDelay/2 || added > baseDelay {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// A wait beyond the deadline ends at once, however long it is.
func TestWaitBeyondDeadline(t *testing.T) {
	for _, header := range []http.Header{
		{"Retry-After": {"60"}},
		{"Retry-After": {"99999999999999999999"}},
		{"Retry-After": {"Fri, 31 Dec 9999 23:59:59 GMT"}},
		{"X-Ratelimit-Reset": {"60"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			attempts := 0
			// With the random delay, even a minute is too long.
			took, err := sendThrough(t, time.Minute+100*time.Millisecond, func(*http.Request) (*http.Response, error) {
				attempts++
				return respond(http.StatusTooManyRequests, header), nil
			})
			var failure *registry.Failure
			if !errors.As(err, &failure) || !failure.OutOfTime || failure.RetryAfter < time.Minute {
				t.Errorf("%v: got %+v", header, err)
			}
			if took != 0 || attempts != 1 {
				t.Errorf("%v: it took %s and %d attempts", header, took, attempts)
			}
		})
	}
}

// Informational headers of other responses are ignored.
func TestRateLimitOfOtherResponses(t *testing.T) {
	resp := respond(http.StatusServiceUnavailable, http.Header{"X-Ratelimit-Reset": {"60"}})
	if got := retryAfter(resp); got != 0 {
		t.Errorf("got %s", got)
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"":                     0,
		"0":                    0,
		"7":                    7 * time.Second,
		"3600":                 time.Hour,
		"-5":                   0,
		"1.5":                  0,
		"soon":                 0,
		"99999999999999999999": math.MaxUint32 * time.Second,
		"9223372037":           math.MaxUint32 * time.Second,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):                        0,
		time.Now().Add(90 * time.Minute).UTC().Format(http.TimeFormat):                  90 * time.Minute,
		time.Now().Add(90 * time.Minute).UTC().Format("Monday, 02-Jan-06 15:04:05 GMT"): 90 * time.Minute,
	} {
		got := retryAfter(&http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {value}}})
		if difference := got - want; difference.Abs() > time.Minute {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// Delays double, and are random.
func TestBackoff(t *testing.T) {
	for attempts, most := range map[int]time.Duration{1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second, 5: 8 * time.Second} {
		seen := make(map[time.Duration]bool)
		for range 100 {
			delay := backoff(baseDelay, attempts)
			if delay < most/2 || delay > most {
				t.Errorf("after %d attempts: %s, want %s to %s", attempts, delay, most/2, most)
			}
			seen[delay] = true
		}
		if len(seen) < 50 {
			t.Errorf("after %d attempts: only %d different delays", attempts, len(seen))
		}
	}
}
