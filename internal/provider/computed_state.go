package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

// computedState carries the computed attributes from a data source to the server
// that called it.
type computedState struct {
	encoded []byte
}

type computedStateKey struct{}

// setComputedState sets the computed attributes of the data source that is being
// read with ctx: a map in MessagePack, with the schema's names.
func setComputedState(ctx context.Context, encoded []byte) error {
	computed, ok := ctx.Value(computedStateKey{}).(*computedState)
	if !ok {
		return &internalError{errors.New("the read did not come from the provider's server")}
	}
	computed.encoded = encoded
	return nil
}

// encode encodes computed attributes for setComputedState. The error is an
// *internalError.
func encode(attributes any) ([]byte, error) {
	encoded, err := msgpack.Marshal(attributes)
	if err != nil {
		return nil, &internalError{fmt.Errorf("encoding the state: %w", err)}
	}
	return encoded, nil
}

// maxStateSize is how many bytes a data source's state may take. tf6server sends
// messages of at most 256 MiB, in which configuration and diagnostics need room too.
const maxStateSize = 255 << 20

// stateTooLargeError reports that a state cannot be sent to Terraform.
type stateTooLargeError struct {
	images  int
	size    int64 // at least, in bytes
	maximum int64
}

func (e *stateTooLargeError) Error() string {
	return fmt.Sprintf("the state of %d images takes %d bytes", e.images, e.size)
}

// nullableString is null if it is empty.
type nullableString string

func (t nullableString) EncodeMsgpack(encoder *msgpack.Encoder) error {
	if t == "" {
		return encoder.EncodeNil()
	}
	return encoder.EncodeString(string(t))
}

// nullableTime is in RFC 3339 with the offset that it has, and null if it is zero.
// In UTC its year may be beyond 9999, which RFC 3339 cannot express.
type nullableTime time.Time

func (t nullableTime) EncodeMsgpack(encoder *msgpack.Encoder) error {
	if time.Time(t).IsZero() {
		return encoder.EncodeNil()
	}
	return encoder.EncodeString(time.Time(t).Format(time.RFC3339Nano))
}

// orEmpty returns an empty map instead of nil, which would be null.
func orEmpty(labels map[string]string) map[string]string {
	if labels == nil {
		return map[string]string{}
	}
	return labels
}
