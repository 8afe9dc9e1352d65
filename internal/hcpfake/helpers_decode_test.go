package hcpfake_test

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
)

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	return v
}

// wantStatus checks a response that is an error of HCP's API.
func wantStatus(t *testing.T, w *httptest.ResponseRecorder, status int, code int32) {
	t.Helper()
	got := decode[cloud.GoogleRPCStatus](t, w)
	if w.Code != status || got.Code != code || got.Message == "" || got.Details == nil {
		t.Errorf("got %d %s, want %d with code %d, a message and details", w.Code, w.Body, status, code)
	}
}

// wantMessage checks the message of an error of HCP's API.
func wantMessage(t *testing.T, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	equal(t, "the message", decode[cloud.GoogleRPCStatus](t, w).Message, want)
}

// wantDefault checks an error that the SDK returned for GetChannel.
func wantDefault(t *testing.T, err error, status int, code int32) {
	t.Helper()
	var got *packer_service.PackerServiceGetChannelDefault
	if !errors.As(err, &got) {
		t.Fatalf("got %T %v, want an error of GetChannel", err, err)
	}
	if got.Code() != status || got.Payload.Code != code {
		t.Errorf("got %v, want %d with code %d", err, status, code)
	}
}

// check ends the test if err is not nil.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
