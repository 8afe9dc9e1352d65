package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// This file is the one place where errors become diagnostics. Each tells what
// was asked, what came back, and what to do next. Terraform wraps paragraphs
// but leaves indented lines alone, so facts that may have to be copied stand on
// indented lines.

// maxNames is how many names a diagnostic lists.
const maxNames = 10

// readTarget is what a diagnostic is about.
type readTarget struct {
	registry.Channel
	timeout time.Duration
}

// errorDiagnostic explains why the request came to nothing.
func errorDiagnostic(target readTarget, err error) diag.Diagnostic {
	var (
		revoked              *registry.RevokedError
		unassigned           *registry.UnassignedError
		channelNotFound      *registry.ChannelNotFoundError
		bucketNotFound       *registry.BucketNotFoundError
		inactive             *registry.RegistryInactiveError
		noRegistry           *registry.RegistryNotFoundError
		noProject            *registry.ProjectNotFoundError
		noOrganization       *registry.NoOrganizationError
		severalOrganizations *registry.SeveralOrganizationsError
		emptyOrganization    *registry.NoProjectError
		noMatch              *registry.NoMatchError
		failure              *registry.Failure
		settings             *configError
	)
	channel := target.Channel
	switch {
	case errors.As(err, &revoked):
		return revokedDiagnostic(channel, revoked.Iteration)
	case errors.As(err, &unassigned):
		return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Without Iteration",
			fmt.Sprintf("%s exists but points at no iteration. It may never have been given one, or its iteration "+
				"was revoked: HCP then rolls the channel back to an earlier iteration, or to none.\n\n"+
				"Assign an iteration to the channel in HCP Packer, then run Terraform again. "+
				"terraform destroy -refresh=false does without it; to change what runs meanwhile, put the image's ID "+
				"in place of the data source.", describeChannel(channel)))
	case errors.As(err, &channelNotFound):
		return channelNotFoundDiagnostic(channel, channelNotFound.Known)
	case errors.As(err, &bucketNotFound):
		return diag.NewAttributeErrorDiagnostic(path.Root("bucket"), "Bucket Not Found",
			fmt.Sprintf("The HCP Packer registry of project %s has no bucket %q, in which channel %q was looked for.%s\n\n%s\n\n"+
				"Correct the name or the project, or publish to the bucket with Packer first.",
				channel.ProjectID, channel.Bucket, channel.Name, didYouMean(bucketNotFound.Known),
				listNames("The registry", "buckets", bucketNotFound.Known)))
	case errors.As(err, &inactive):
		return diag.NewErrorDiagnostic("HCP Packer Registry Is Not Active", inactiveDetail(channel, inactive.Deprovision))
	case errors.As(err, &noRegistry):
		return diag.NewErrorDiagnostic("HCP Packer Registry Not Found",
			fmt.Sprintf("HCP project %s of organization %s has no HCP Packer registry to read bucket %q, channel %q from.\n\n"+
				"%s Or create the registry in HCP.",
				channel.ProjectID, channel.OrganizationID, channel.Bucket, channel.Name, checkLocation))
	case errors.As(err, &noProject):
		return diag.NewErrorDiagnostic("HCP Project Not Found",
			fmt.Sprintf("%s was not looked for: there is no such project, or the principal may not see it.\n\n%s",
				describeChannel(channel), checkLocation))
	case errors.As(err, &noOrganization):
		return diag.NewErrorDiagnostic("HCP Organization Not Found",
			fmt.Sprintf("%s was not looked for: no project is set, and the principal belongs to no organization whose "+
				"projects could be looked up.\n\n%s", describeChannel(channel), setLocation))
	case errors.As(err, &severalOrganizations):
		return diag.NewErrorDiagnostic("Several HCP Organizations",
			fmt.Sprintf("%s was not looked for: no project is set, and the principal belongs to %d organizations:\n\n%s\n\n%s",
				describeChannel(channel), len(severalOrganizations.Organizations),
				listOrganizations(severalOrganizations.Organizations), setLocation))
	case errors.As(err, &emptyOrganization):
		return diag.NewErrorDiagnostic("Organization Without Project",
			fmt.Sprintf("%s was not looked for: no project is set, and organization %s has none that the principal may see.\n\n%s",
				describeChannel(channel), emptyOrganization.OrganizationID, setLocation))
	case errors.As(err, &noMatch):
		return diag.NewAttributeErrorDiagnostic(path.Root(string(noMatch.Criterion)), "No Image Matches",
			fmt.Sprintf("%s points at an iteration that has no such image.\n\n%s", describeChannel(channel), noMatchDetail(noMatch)))
	case errors.As(err, &settings):
		return diag.NewErrorDiagnostic("Provider Cannot Be Used As Configured",
			fmt.Sprintf("%s\n\nBucket %q, channel %q cannot be read with this setting. Correct it, then run Terraform again.",
				err, channel.Bucket, channel.Name))
	case errors.As(err, &failure):
		return failureDiagnostic(target, failure, err)
	case errors.Is(err, context.DeadlineExceeded):
		return failureDiagnostic(target, &registry.Failure{Kind: registry.TimedOut}, err)
	case errors.Is(err, context.Canceled):
		return diag.NewErrorDiagnostic("Reading Was Cancelled", fmt.Sprintf("%s was not read. Run Terraform again to read it.", describeChannel(channel)))
	default:
		return diag.NewErrorDiagnostic("Reading HCP Packer Failed",
			fmt.Sprintf("%s could not be read: %s.\n\nRun Terraform again. If it stays so, report it to the provider's "+
				"developers with the log of TF_LOG_PROVIDER=DEBUG.", describeChannel(channel), oneLine(err.Error())))
	}
}

// What to do about organization and project.
const (
	setLocation = "Set project_id, or else organization_id, in the provider or the data source, " +
		"or HCP_PROJECT_ID or HCP_ORGANIZATION_ID in the environment."
	checkLocation = "Check project_id and organization_id in the provider and the data source, " +
		"and HCP_PROJECT_ID and HCP_ORGANIZATION_ID in the environment."
)

// timeoutDiagnostic tells of a timeout that leaves no time.
func timeoutDiagnostic(timeout time.Duration) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("timeouts").AtName("read"), "Invalid Timeout",
		fmt.Sprintf(`timeouts.read is %s; it must be longer than zero, such as "2m".`, timeout))
}

// internalErrorDiagnostic tells of what cannot be, unless the provider is at fault.
func internalErrorDiagnostic(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Internal Provider Error",
		fmt.Sprintf("The provider is at fault: %s. Please report this to its developers.", err))
}

func channelNotFoundDiagnostic(channel registry.Channel, known registry.Names) diag.Diagnostic {
	if known.Suggestion == channel.Name {
		return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Cannot Be Read",
			fmt.Sprintf("%s is listed by HCP, which yet says that it does not exist. It may have been created a moment ago, "+
				"or be restricted to other principals.\n\nRun Terraform again, or check the channel's restrictions in HCP Packer.",
				describeChannel(channel)))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("channel"), "Channel Not Found",
		fmt.Sprintf("Bucket %q in HCP project %s has no channel %q.%s\n\n%s\n\n"+
			"Correct the name, or create the channel in HCP Packer.",
			channel.Bucket, channel.ProjectID, channel.Name, didYouMean(known), listNames("The bucket", "channels", known)))
}

func revokedDiagnostic(channel registry.Channel, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("channel"), revokedSummary,
		fmt.Sprintf("%s points at an iteration that is revoked, so its images must not be used any more.\n\n%s\n\n"+
			"Assign an iteration that is fit for use to the channel in HCP Packer, or restore this one, then run "+
			"Terraform again.\n\n"+
			"To change what runs on it meanwhile, set allow_revoked = true in the data source, which makes this a warning. "+
			"terraform destroy needs that too, or else -refresh=false.",
			describeChannel(channel), revocationFacts("Revoked since", iteration)))
}

// revokedWarning takes the place of the error where revoked iterations are
// allowed.
func revokedWarning(channel registry.Channel, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("channel"), revokedSummary,
		fmt.Sprintf("%s points at an iteration that is revoked, which allow_revoked lets pass.\n\n%s\n\n"+
			"Replace what runs on it, and remove allow_revoked again.",
			describeChannel(channel), revocationFacts("Revoked since", iteration)))
}

const revokedSummary = "Image Iteration Is Revoked"

// revocationScheduledWarning announces a revocation that is still to come.
func revocationScheduledWarning(channel registry.Channel, iteration *registry.Iteration) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("channel"), "Image Iteration Will Be Revoked",
		fmt.Sprintf("%s points at an iteration that is to be revoked. Until then it can be used.\n\n%s\n\n"+
			"Assign another iteration to the channel before that, and replace what runs on this one.",
			describeChannel(channel), revocationFacts("To be revoked", iteration)))
}

// revocationFacts lists who revoked the iteration, when and why.
func revocationFacts(when string, iteration *registry.Iteration) string {
	revocation := iteration.Revocation
	facts := rows{
		{"Iteration", iterationName(iteration.Version, iteration.ID)},
		{when, date(revocation.At)},
		{"By", orDefault(revocation.Author, "HCP does not say who")},
		{"Reason", orDefault(revocation.Message, "none given")},
	}
	if from := revocation.InheritedFrom; from != nil {
		facts.add("Inherited from", fmt.Sprintf("bucket %q, iteration %s", oneLine(from.Bucket), iterationName(from.Version, from.IterationID)))
	} else if revocation.Type == registry.RevocationInherited {
		facts.add("Inherited from", "an ancestor that HCP does not name")
	}
	return table(facts)
}

func inactiveDetail(channel registry.Channel, reason registry.Deprovision) string {
	var facts rows
	facts.add("Message", reason.Message)
	facts.add("Reason", reason.Reason)
	if !reason.At.IsZero() {
		facts.add("Since", date(reason.At))
	}
	account, next := "HCP gives no reason.", "Reactivate the registry in HCP Packer, then run Terraform again."
	if len(facts) > 0 {
		account, next = "HCP gives this reason:\n\n"+table(facts), "Settle this, reactivate the registry in HCP Packer, then run Terraform again."
	}
	return fmt.Sprintf("The HCP Packer registry of project %s is not active, so bucket %q, channel %q cannot be read. %s\n\n%s",
		channel.ProjectID, channel.Bucket, channel.Name, account, next)
}

// addresses are the variables that lead to another HCP.
const addresses = "HCP_API_ADDRESS, HCP_AUTH_URL, HCP_API_TLS and HCP_AUTH_TLS if they are set"

// failureText tells for each kind of failure what happened and what to do.
type failureText struct{ summary, cause, remedy string }

func textOf(kind registry.Kind) failureText {
	switch kind {
	case registry.NotFound:
		return failureText{
			"Bucket Or Channel Not Found",
			"HCP says that it does not exist, and did not let the provider find out which of registry, bucket and channel is missing.",
			"Check bucket, channel and project, and that the principal may list buckets and channels.",
		}
	case registry.FailedPrecondition:
		return failureText{
			"HCP Packer Registry Not Ready",
			"HCP says that the registry is not in a state to answer.",
			"Look at the state of the registry in HCP Packer.",
		}
	case registry.NoCredentials:
		return failureText{
			"No HCP Credentials",
			"There is nothing to sign in to HCP with.",
			"Set client_id and client_secret, workload_identity or credential_file in the provider's configuration, or " +
				"HCP_CLIENT_ID and HCP_CLIENT_SECRET, or HCP_CRED_FILE, in the environment; or sign in with hcp auth login.",
		}
	case registry.CredentialsRefused:
		return failureText{
			"HCP Credentials Refused",
			"HCP did not accept the credentials.",
			"Check them where they come from: they may be mistyped, expired or deleted, or belong to another geography.",
		}
	case registry.PermissionDenied:
		return failureText{
			"No Permission To Read HCP Packer",
			"HCP does not let this principal read it.",
			"Give the principal the role Viewer on the project, or check that project and organization are the ones you mean.",
		}
	case registry.RateLimited:
		return failureText{
			"HCP Rate Limit Reached",
			"HCP is getting too many requests.",
			"Wait a little, then run Terraform again.",
		}
	case registry.Unavailable:
		return failureText{
			"HCP Is Not Available",
			"HCP has a fault of its own.",
			"Run Terraform again later; HCP reports outages on its status page.",
		}
	case registry.TimedOut:
		return failureText{
			"HCP Did Not Answer In Time",
			"There was no complete answer in time.",
			"Check the network, then run Terraform again. The attribute timeouts of the data source gives it more time.",
		}
	case registry.Unreachable:
		return failureText{
			"HCP Cannot Be Reached",
			"There was no connection to HCP, or it broke.",
			"Check the network and proxy settings, and " + addresses + ".",
		}
	case registry.CertificateUntrusted:
		return failureText{
			"HCP's Certificate Is Not Trusted",
			"A server was reached, but its certificate cannot be trusted.",
			"Check that no proxy inspects TLS, and " + addresses + ". An authority of your own must be in the system's trust store, " +
				"or on Linux in the file that SSL_CERT_FILE names.",
		}
	case registry.InvalidRequest:
		return failureText{
			"Request To HCP Cannot Be Sent",
			"The request to HCP cannot be sent as it is.",
			"Check the credential file if one is used, and " + addresses + ".",
		}
	case registry.InvalidResponse:
		return failureText{
			"HCP's Answer Cannot Be Read",
			"What came back is no answer of HCP that the provider understands.",
			"Check that no proxy answers in HCP's place, and " + addresses + ".",
		}
	default:
		return failureText{
			"HCP Refused The Request",
			"HCP refused the request.",
			"Check bucket, channel and project, and " + addresses + ".",
		}
	}
}

// failureDiagnostic tells of a failure, which may be one of the lookup of
// organization and project.
func failureDiagnostic(target readTarget, failure *registry.Failure, err error) diag.Diagnostic {
	var (
		location *registry.LocationError
		signIn   *registry.SignInError
		rejected *registry.TokenRejectedError
	)
	ofLocation := errors.As(err, &location)
	credentials := ""
	text := textOf(failure.Kind)
	switch {
	case errors.As(err, &signIn):
		credentials = signIn.Credentials
		switch {
		case failure.Kind == registry.NoCredentials && credentials != "":
			text.cause = "The credentials that are set give nothing to sign in to HCP with."
			text.remedy = "Correct them where they come from, or set other credentials in their place."
		case failure.Kind != registry.CredentialsRefused && failure.Kind != registry.NoCredentials:
			text.cause = "Signing in to HCP failed: " + text.cause
		case ofLocation:
			text.cause = "Its organization and project had to be looked up, and that failed: " + text.cause
		}
	case errors.As(err, &rejected):
		credentials = rejected.Credentials
		text.cause = "Signing in succeeded, but HCP did not accept the access token that it gave."
		text.remedy = "Check that HCP_AUTH_URL and HCP_API_ADDRESS, if they are set, belong to the same HCP, and that the geography is right."
	case ofLocation && failure.Kind == registry.PermissionDenied:
		text.cause = "Its organization and project had to be looked up, which HCP does not let this principal do."
		text.remedy = "Set both project_id and organization_id in the provider or the data source, or HCP_PROJECT_ID and " +
			"HCP_ORGANIZATION_ID in the environment, so that nothing needs to be looked up."
	case ofLocation:
		text.cause = "Its organization and project had to be looked up, and that failed: " + text.cause
	}
	known := failureFacts(target, credentials, failure)
	if known != "" {
		known = "\n\n" + known
	}
	return diag.NewErrorDiagnostic(text.summary,
		fmt.Sprintf("%s could not be read. %s%s\n\n%s", describeChannel(target.Channel), text.cause, known, text.remedy))
}

// failureFacts lists what is known about a failure.
func failureFacts(target readTarget, credentials string, failure *registry.Failure) string {
	var facts rows
	if failure.Kind == registry.CredentialsRefused || failure.Kind == registry.NoCredentials {
		facts.add("Credentials", credentials)
	}
	facts.add("Asked", failure.Address)
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
		facts.add("HCP asks to wait", failure.RetryAfter.Round(time.Second).String())
	}
	if failure.Kind == registry.TimedOut {
		facts.add("Time allowed", target.timeout.String())
	}
	return table(facts)
}

func listOrganizations(organizations []registry.Organization) string {
	var facts rows
	for _, organization := range organizations[:min(len(organizations), maxNames)] {
		facts.add(organization.ID, orDefault(organization.Name, "without a name"))
	}
	return appendOmitted(table(facts), len(organizations)-len(facts))
}

// projectChosenWarning says that a project was chosen, and how to choose.
func projectChosenWarning(channel registry.Channel, choice *registry.ProjectChoice) diag.Diagnostic {
	return diag.NewWarningDiagnostic("HCP Project Chosen",
		fmt.Sprintf("No project is set for bucket %q, channel %q, and organization %s has %d projects. As Packer does, "+
			"the provider reads the registry of the oldest:\n\n%s\n\n"+
			"To choose, set project_id in the provider or the data source, or HCP_PROJECT_ID in the environment.",
			channel.Bucket, channel.Name, choice.Project.OrganizationID, choice.Total,
			table(rows{{choice.Project.ID, orDefault(choice.Project.Name, "without a name")}})))
}

// describeChannel says which channel is meant, and where.
func describeChannel(channel registry.Channel) string {
	where := ""
	if channel.ProjectID != "" {
		where = " in HCP project " + channel.ProjectID
	}
	return fmt.Sprintf("Channel %q of bucket %q%s", channel.Name, channel.Bucket, where)
}

func iterationName(version, id string) string {
	switch {
	case version == "":
		return orDefault(id, "unknown")
	case id == "":
		return oneLine(version)
	default:
		return oneLine(fmt.Sprintf("%s (%s)", version, id))
	}
}

func date(t time.Time) string {
	if t.IsZero() {
		return "HCP gives no date"
	}
	return t.UTC().Format(time.RFC3339)
}

func didYouMean(known registry.Names) string {
	if known.Suggestion == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", oneLine(known.Suggestion))
}

// noMatchDetail tells what was selected by, and what there is.
func noMatchDetail(e *registry.NoMatchError) string {
	next := fmt.Sprintf("Correct %s, or publish such an image with Packer.", e.Criterion)
	if len(registry.Candidates(e.Builds)) == 0 {
		next = "Publish one with Packer."
	}
	return fmt.Sprintf("Selected by:\n\n%s\n\n%s\n\n%s", selectorTable(e.Selector), listImages(e), next)
}

func selectorTable(s registry.Selector) string {
	var facts rows
	facts.add("cloud_provider", s.CloudProvider)
	facts.add("region", s.Region)
	facts.add("component_type", s.ComponentType)
	facts.add("labels", labelList(s.Labels))
	return table(facts)
}

func labelList(labels map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, name+" = "+labels[name])
	}
	return strings.Join(pairs, ", ")
}

// maxImages is how many images a diagnostic lists.
const maxImages = 20

// listImages lists what there is to select from: by its labels if those were
// the matter, else by cloud, region and component.
func listImages(e *registry.NoMatchError) string {
	var lines []string
	if e.Criterion == registry.ByLabels {
		for _, build := range e.Builds {
			lines = append(lines, fmt.Sprintf("  %s: %s", orDefault(build.ComponentType, "?"), orDefault(labelList(build.Labels), "no labels")))
		}
	} else {
		for _, offer := range registry.Candidates(e.Builds) {
			lines = append(lines, fmt.Sprintf("  %s  %s  %s", orDefault(offer.CloudProvider, "?"), orDefault(offer.Region, "?"), orDefault(offer.ComponentType, "?")))
		}
	}
	lines = dedupe(lines)
	if len(lines) == 0 {
		return "There are no images at all."
	}
	list := appendOmitted(strings.Join(lines[:min(len(lines), maxImages)], "\n"), len(lines)-maxImages)
	what := "cloud provider, region and component type"
	if e.Criterion == registry.ByLabels {
		what = "component type and labels"
	}
	return fmt.Sprintf("There is, by %s:\n\n%s", what, list)
}

// ambiguousText lists the images that match.
func ambiguousText(e *registry.AmbiguousError) string {
	var facts rows
	for _, offer := range e.Candidates[:min(len(e.Candidates), maxImages)] {
		facts.add(orDefault(offer.ComponentType, "no component type"), orDefault(offer.ImageID, "no image ID"))
	}
	list := appendOmitted(table(facts), len(e.Candidates)-len(facts))
	problem, next := "Several images match.", "Choose one by its component type, as the last argument."
	switch {
	case len(e.Candidates) == 1:
		problem, next = "The image that matches has no ID in the registry.", "Publish it again with Packer."
	case !slices.ContainsFunc(e.Candidates, func(o registry.Candidate) bool { return o.ComponentType != e.Candidates[0].ComponentType }):
		next = "Their component type is the same too: set labels in the data source, so that one of them is left."
	}
	return fmt.Sprintf("%s Selected by:\n\n%s\n\nThe matches are, by component type:\n\n%s\n\n%s",
		problem, selectorTable(e.Selector), list, next)
}

func dedupe(lines []string) []string {
	seen := make(map[string]bool)
	return slices.DeleteFunc(lines, func(line string) bool {
		if seen[line] {
			return true
		}
		seen[line] = true
		return false
	})
}

// listNames lists what owner has, the closest name first.
func listNames(owner, kind string, known registry.Names) string {
	if known.Unavailable {
		return fmt.Sprintf("The %s that there are could not be listed.", kind)
	}
	if len(known.All) == 0 {
		return fmt.Sprintf("%s has no %s.", owner, kind)
	}
	lines := []string{fmt.Sprintf("%s has these %s:\n", owner, kind)}
	for _, name := range known.All[:min(len(known.All), maxNames)] {
		lines = append(lines, "  "+oneLine(name))
	}
	return appendOmitted(strings.Join(lines, "\n"), len(known.All)-maxNames)
}

// appendOmitted ends a list of which so many entries are left out.
func appendOmitted(list string, more int) string {
	if more <= 0 {
		return list
	}
	return fmt.Sprintf("%s\n  … and %d more", list, more)
}

// rows are pairs of a name and a value each.
type rows [][2]string

// add adds a row, unless there is no value.
func (r *rows) add(name, value string) {
	if value = oneLine(value); value != "" {
		*r = append(*r, [2]string{name, value})
	}
}

// table lays out names and values in two columns, indented.
func table(facts rows) string {
	width := 0
	for _, row := range facts {
		width = max(width, len(row[0]))
	}
	lines := make([]string, len(facts))
	for i, row := range facts {
		lines[i] = fmt.Sprintf("  %-*s  %s", width+1, row[0]+":", row[1])
	}
	return strings.Join(lines, "\n")
}

func orDefault(s, fallback string) string {
	if s = oneLine(s); s != "" {
		return s
	}
	return fallback
}

// maxText is how much of a text that is not ours is shown, in runes.
const maxText = 500

// oneLine makes a text that is not ours fit to be shown in a terminal: on one
// line of bearable length, and without control characters.
func oneLine(s string) string {
	var shown []rune
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		if len(shown) > 0 {
			shown = append(shown, ' ')
		}
		shown = append(shown, []rune(word[:min(len(word), 4*maxText)])...)
		if len(shown) > maxText {
			return string(shown[:maxText]) + "…"
		}
	}
	return string(shown)
}

// sentence makes a sentence of an error.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
