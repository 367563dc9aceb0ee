"""Tables of the OpenID provider. Fields and constraints only. The clients themselves are in the library's table."""

from django.db import models

CLIENT = "allauth_idp_oidc.Client"


class Application(models.Model):
    """What we know of a client beside what the library keeps: whom it is for, what it is told."""

    client = models.OneToOneField(CLIENT, on_delete=models.CASCADE, primary_key=True, related_name="application")
    sector = models.CharField(max_length=253, default="")  # people have ids of their own in it; empty: those of all
    structures = models.ManyToManyField("identity.Structure", related_name="+")  # with all below; none: everybody
    functions = models.JSONField(default=list)  # codes, as those of postings; none: all
    backchannel = models.TextField(default="")  # address told that a session ended
    inside = models.BooleanField(default=False)  # which may be in our own network
    scim_url = models.TextField(default="")  # of its SCIM server, which is told who there is
    scim_token = models.TextField(default="")  # for it, sealed
    scim_day = models.DateField(null=True)  # it was told of whom a date decides, up to this one

    def __str__(self) -> str:
        return str(self.client_id)


class Authorization(models.Model):
    """A person signed in to an application once: the code, how they had proved who they are, and all tokens that follow."""

    client = models.ForeignKey(CLIENT, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("identity.Person", on_delete=models.CASCADE, related_name="+")
    code = models.BinaryField(max_length=32, unique=True)  # its digest
    redirect_uri = models.TextField()
    challenge = models.CharField(max_length=128)  # PKCE, S256
    nonce = models.TextField(default="")
    scopes = models.TextField()  # with spaces between
    sid = models.CharField(max_length=32, db_index=True)  # of the browser's session here
    proved_at = models.DateTimeField()  # `auth_time`
    acr = models.CharField(max_length=100)
    amr = models.CharField(max_length=100)  # with spaces between
    begun_at = models.DateTimeField(db_index=True)
    redeemed_at = models.DateTimeField(null=True)  # the code was exchanged
    used_at = models.DateTimeField(null=True)  # tokens were last given
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["person", "client"], name="authorization_of"),)

    def __str__(self) -> str:
        return f"{self.person_id} at {self.client_id}"


class Token(models.Model):
    """An access or refresh token, by its digest."""

    class Kind(models.TextChoices):
        """What it opens."""

        ACCESS = "access"
        REFRESH = "refresh"

    digest = models.BinaryField(max_length=32, primary_key=True)
    kind = models.CharField(max_length=7, choices=Kind)
    authorization = models.ForeignKey(Authorization, on_delete=models.CASCADE, related_name="tokens")
    scopes = models.TextField()
    expires_at = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)  # of a refresh token: exchanged for the next

    def __str__(self) -> str:
        return f"{self.kind} of {self.authorization_id}"


class Consent(models.Model):
    """A person let an application know some things of them: it is not asked again."""

    person = models.ForeignKey("identity.Person", on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(CLIENT, on_delete=models.CASCADE, related_name="+")
    scopes = models.TextField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "client"], name="one_consent_each"),)

    def __str__(self) -> str:
        return f"{self.person_id} to {self.client_id}"


class Subject(models.Model):
    """The id of a person in one sector: two sectors cannot tell that it is the same person. Drawn once, for ever."""

    person = models.ForeignKey("identity.Person", on_delete=models.CASCADE, related_name="+")
    sector = models.CharField(max_length=253)
    sub = models.CharField(max_length=32, unique=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "sector"], name="one_subject_per_sector"),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.sector}"


class Provisioned(models.Model):
    """What an application was told of a person by SCIM."""

    client = models.ForeignKey(CLIENT, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("identity.Person", on_delete=models.CASCADE, related_name="+")
    remote_id = models.CharField(max_length=200)  # theirs
    digest = models.BinaryField(max_length=32)  # of what was told
    told_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["client", "person"], name="told_once_each"),)

    def __str__(self) -> str:
        return f"{self.person_id} to {self.client_id}"


class SigningKey(models.Model):
    """A key that signs what applications are told, sealed with the site's key."""

    kid = models.CharField(max_length=43, primary_key=True)  # thumbprint (RFC 7638)
    pem = models.TextField()
    signs_from = models.DateTimeField(unique=True)  # published before, so that applications know it by then
    kept_until = models.DateTimeField(null=True)  # published until then; None while it signs

    def __str__(self) -> str:
        return self.kid
