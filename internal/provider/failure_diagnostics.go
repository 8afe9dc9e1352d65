package provider

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// addresses are the variables that lead to another HCP.
const addresses = "HCP_API_ADDRESS, HCP_API_HOST, HCP_AUTH_URL, HCP_API_TLS and HCP_AUTH_TLS if they are set"

// failureText says what happened and what to do about it.
type failureText struct{ summary, cause, remedy string }

// failureTexts has a text for every kind of failure.
var failureTexts = map[registry.Kind]failureText{
	registry.Unexpected: {
		summary: "HCP Refused The Request",
		cause:   "HCP refused the request.",
		remedy:  "Check bucket, channel and project, and " + addresses + ".",
	},
	registry.NotFound: {
		summary: "Bucket Or Channel Not Found",
		cause:   "HCP reports that it does not exist, and the provider could not find out whether the registry, the bucket or the channel is missing.",
		remedy:  "Check bucket, channel and project, and that the principal may list buckets and channels.",
	},
	registry.FailedPrecondition: {
		summary: "HCP Packer Registry Not Ready",
		cause:   "HCP reports that the registry is not ready.",
		remedy:  "Check the state of the registry in HCP Packer.",
	},
	registry.Conflict: {
		summary: "HCP Reports A Conflict",
		cause:   "HCP reports that the request conflicts with another change.",
		remedy:  "Run Terraform again.",
	},
	registry.NoCredentials: {
		summary: "No HCP Credentials",
		cause:   "No HCP credentials found.",
		remedy: "Set client_id and client_secret, workload_identity or credential_file in the provider's configuration, or " +
			"HCP_CLIENT_ID and HCP_CLIENT_SECRET, or HCP_CRED_FILE, in the environment; or sign in with hcp auth login.",
	},
	registry.CredentialsRefused: {
		summary: "HCP Credentials Refused",
		cause:   "HCP did not accept the credentials.",
		remedy:  "Check them where they are set: they may be mistyped, expired or deleted, or belong to another geography.",
	},
	registry.PermissionDenied: {
		summary: "No Permission To Read HCP Packer",
		cause:   "HCP does not allow this principal to read it.",
		remedy:  "Give the principal the role Viewer on the project, or check that project and organization are the intended ones.",
	},
	registry.RateLimited: {
		summary: "HCP Rate Limit Reached",
		cause:   "HCP received too many requests.",
		remedy:  "Wait a little, then run Terraform again.",
	},
	registry.Unavailable: {
		summary: "HCP Is Not Available",
		cause:   "HCP reported a server error.",
		remedy:  "Run Terraform again later; HCP reports outages on its status page.",
	},
	registry.TimedOut: {
		summary: "HCP Did Not Respond In Time",
		cause:   "There was no complete response in time.",
		remedy:  "Check the network, then run Terraform again. timeouts.read in the data source allows more time.",
	},
	registry.Unreachable: {
		summary: "HCP Cannot Be Reached",
		cause:   "There was no connection to HCP, or it broke.",
		remedy:  "Check the network and proxy settings, and " + addresses + ".",
	},
	registry.CertificateUntrusted: {
		summary: "HCP's Certificate Is Not Trusted",
		cause:   "The server's certificate cannot be verified.",
		remedy: "Check that no proxy inspects TLS, and " + addresses + ". A private certificate authority must be in the system's " +
			"trust store or, on Linux, in the file that SSL_CERT_FILE names. Do not turn verification off: whoever answers would get your credentials.",
	},
	registry.InvalidRequest: {
		summary: "Request To HCP Cannot Be Sent",
		cause:   "The URL or a header of the request is invalid, so it was not sent.",
		remedy:  "Check " + addresses + ", and the URL and headers in the credential file of a workload.",
	},
	registry.ProxyRefused: {
		summary: "Proxy Refused The Connection",
		cause:   "The proxy did not connect to HCP.",
		remedy:  "Check that HTTPS_PROXY has the right address, user name and password, and that the proxy allows connections to the server.",
	},
	registry.InvalidResponse: {
		summary: "HCP's Response Cannot Be Read",
		cause:   "The response is not from HCP, or the provider does not understand it.",
		remedy:  "Check that no proxy answers in HCP's place, and " + addresses + ".",
	},
}

// failureDiagnostic explains a failure, and at which step of the read it
// happened, as err says.
func failureDiagnostic(target readTarget, failure *registry.Failure, err error) diag.Diagnostic {
	text, credentials := explainFailure(target, failure, err)
	detail := fmt.Sprintf("%s could not be read. %s", target.description, text.cause)
	if failure.Kind == registry.NoCredentials && credentials == "" {
		detail = fmt.Sprintf("%s %s could not be read.", text.cause, target.description)
	}
	if facts := failureRows(target, credentials, failure); len(facts) > 0 {
		detail += "\n\n" + facts.String()
	}
	return diag.NewErrorDiagnostic(text.summary, detail+"\n\n"+text.remedy)
}

// explainFailure returns the text for a failure, and where the credentials were
// set if they matter.
func explainFailure(target readTarget, failure *registry.Failure, err error) (text failureText, credentials string) {
	var (
		signIn   *registry.SignInError
		rejected *registry.TokenRejectedError
		location *registry.LocationError
	)
	text = failureTexts[failure.Kind]
	switch {
	case errors.As(err, &signIn):
		credentials = signIn.Credentials
		switch {
		case failure.Kind == registry.NoCredentials && credentials == "":
		case failure.Kind == registry.NoCredentials:
			text.cause = "The credentials that are set cannot be used."
			text.remedy = "Correct them, or set other credentials instead."
		case failure.Kind == registry.CredentialsRefused:
		default:
			text.cause = "Signing in to HCP failed. " + text.cause
		}
	case errors.As(err, &rejected):
		credentials = rejected.Credentials
		text.cause = "Signing in succeeded, but HCP did not accept the access token."
		text.remedy = "Check that HCP_AUTH_URL and HCP_API_ADDRESS, if they are set, belong to the same HCP, and that the geography is right."
	case errors.As(err, &location) && failure.Kind == registry.PermissionDenied:
		text.cause = "Its organization and project had to be looked up, which HCP does not allow this principal to do."
		text.remedy = "Set both project_id and organization_id in the provider or the data source, or HCP_PROJECT_ID and " +
			"HCP_ORGANIZATION_ID in the environment, so that nothing needs to be looked up."
	case errors.As(err, &location):
		text.cause = "Its organization and project had to be looked up, and that failed. " + text.cause
	default:
		if own, ok := target.failureTexts[failure.Kind]; ok {
			text = own
		}
	}
	return text, credentials
}

// failureRows list what is known about a failure.
func failureRows(target readTarget, credentials string, failure *registry.Failure) rows {
	var facts rows
	facts.add("Credentials", credentials)
	facts.add("Server", failure.Address)
	if failure.Status != 0 {
		facts.add("HTTP status", fmt.Sprint(failure.Status))
		facts.add("Message", failure.Message)
	}
	if failure.Err != nil {
		facts.add("Cause", failure.Err.Error())
	}
	if failure.Attempts > 1 {
		facts.add("Attempts", fmt.Sprint(failure.Attempts))
	}
	if failure.RetryAfter > 0 {
		facts.add("HCP asks to wait", formatWait(failure.RetryAfter))
	}
	if failure.Kind == registry.TimedOut {
		facts.add("Time allowed", target.timeout.String())
	}
	return facts
}
