# SPDX-License-Identifier: MIT
"""innocent - what looks like a secret and is none"""
from planted import BODY, MIXED

SHA1 = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
UUID = "123e4567-e89b-42d3-a456-426614174000"
# A picture of one pixel.
PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGA"
       "hKmMIQAAAABJRU5ErkJggg==")


def public(label):
    return f"-----BEGIN {label}-----\n{BODY}\n{BODY}\n-----END {label}-----\n"


FILES = [
    # numbers of things
    ("/app/.git/HEAD", SHA1),
    ("/app/.git/packed-refs", f"{SHA1} refs/heads/main\n^{SHA1}\n"),
    ("/app/SHA256SUMS", f"{SHA256}  x.tar.gz\n{SHA256} *y.iso\n"),
    ("/app/id.txt", f"uuid: {UUID}\nID={UUID}\n"),
    ("/etc/machine-id", "0f1e2d3c4b5a69788796a5b4c3d2e1f0\n"),
    ("/app/package-lock.json",
     f'{{"integrity": "sha512-{MIXED}{BODY}==", "node_modules/js-tokens": '
     '{"version": "4.0.0", "resolved": "https://registry.npmjs.org/js-tokens/'
     f'-/js-tokens-4.0.0.tgz", "integrity": "sha512-{MIXED}{BODY}=="}}}}\n'),
    ("/app/yarn.lock", "js-tokens@^4.0.0:\n  version \"4.0.0\"\n  resolved "
     f"\"https://r/js-tokens-4.0.0.tgz#{SHA1}\"\n"),
    ("/app/Cargo.lock", f'[[package]]\nname = "secrecy"\nversion = "0.8.0"\n'
     f'checksum = "{SHA256}"\n'),
    ("/app/go.sum", f"github.com/x/password v1.2.3 h1:{MIXED[:43]}=\n"
     f"github.com/x/token v1.2.3/go.mod h1:{MIXED[:43]}=\n"),
    ("/app/requirements.txt", f"secretstorage==3.3.3 --hash=sha256:{SHA256}\n"
     f"tokenize-rt==5.2.0 \\\n    --hash=sha256:{SHA256}\n"),
    ("/app/Packages", f"Package: libsecret-1-0\nSHA256: {SHA256}\n"
     "Filename: pool/main/libs/libsecret/libsecret-1-0_0.20.5-3_amd64.deb\n"),
    ("/app/manifest.json", '{"digest": "sha256:' + SHA256 + '", "size": 1234}'),
    ("/app/etag", f'ETag: "{SHA1}"\nX-Request-Id: {UUID}\n'),
    # pictures and fonts in texts
    ("/app/index.html", f'<img src="data:image/png;base64,{PNG}">\n'),
    ("/app/style.css", "@font-face { src: url(data:font/woff2;base64,"
     f"{MIXED}{BODY}{MIXED}); }}\n"),
    ("/app/mail.eml", f"Content-Transfer-Encoding: base64\n\n{PNG}\n{PNG}\n"),
    ("/app/app.js.map", '{"version":3,"mappings":"AAAA,SAASA,QAAQC,KAAKC;AACX"'
     ',"names":["token","password"]}\n'),
    # examples from manuals
    ("/app/aws.md", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
     "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"),
    ("/app/aws.ini", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
     "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"),
    ("/app/github.md", "token: ghp_" + "x" * 36 + "\n"),
    ("/app/stripe.md", f"use sk_test_{MIXED[:24]} while you try it\n"),
    ("/app/readme.md", "Set the password with `--password PASSWORD`, or put "
     "password=secret into the file.  The token is secret.\n"),
    ("/app/man.txt", "-p, --password=PASSWORD   the password: up to you\n"
     "https://user:password@host/path\n"),
    ("/app/.env.example", "DB_PASSWORD=\nAPI_KEY=<your key>\n"
     "TOKEN=xxxxxxxx\nSECRET=${SECRET}\n"),
    ("/app/template.yml", "password: {{ db_password }}\ntoken: ${TOKEN}\n"
     "secret: <%= ENV['SECRET'] %>\napi_key: !vault x\n"
     "db_password: !Ref DbPassword\n"),
    # public halves
    ("/root/.ssh/id_rsa.pub", f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB{BODY} me\n"),
    ("/root/.ssh/known_hosts",
     f"|1|{MIXED[:27]}=|{MIXED[:27]}= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n"),
    ("/root/.ssh/authorized_keys", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5{BODY}\n"),
    ("/app/cert.pem", public("CERTIFICATE")),
    ("/app/public.pem", public("PUBLIC KEY")),
    ("/app/rsa.pem", public("RSA PUBLIC KEY")),
    ("/app/key.asc", public("PGP PUBLIC KEY BLOCK")),
    ("/app/csr.pem", public("CERTIFICATE REQUEST")),
    ("/app/dh.pem", public("DH PARAMETERS")),
    ("/app/parser.c", 'if (strstr(s, "-----BEGIN RSA PRIVATE KEY-----"))\n'
     '    type = KEY_RSA;\nelse if (strstr(s, "-----BEGIN PRIVATE KEY-----"))\n'
     "    type = KEY_PKCS8;\n"),
    # where a secret is, not what it is
    ("/app/files.env", "PASSWORD_FILE=/run/secrets/x\nTOKEN=\nAPI_KEY=\"\"\n"
     "SECRET_PATH=/x\nTOKEN_URL=https://h/token\n"),
    ("/app/db.conf", "password_file = /run/secrets/db\npassword = \n"
     "password_encryption = scram-sha-256\nauth_type = md5\n"),
    ("/app/deploy.yml", "valueFrom:\n  secretKeyRef:\n    name: db\n"
     "    key: password\nsecretName: tls\ntokenTTL: 3600\n"),
    ("/app/ci.yml", "token: ${{ secrets.GITHUB_TOKEN }}\n"),
    ("/app/run2.sh", 'PASSWORD=$(cat /run/secrets/x)\nTOKEN=${TOKEN:?unset}\n'
     'curl -u "$USER:$PASSWORD" https://$HOST/\nread -rs password\n'),
    # programs
    ("/app/login.py", "password = getpass()\ntoken = request.headers['token']\n"
     "self.password = password\napi_key = os.environ['API_KEY']\n"
     "def login(user, password=None, token=''):\n"),
    ("/app/lexer.c", "token = next_token(lexer);\nenum { TOKEN_STRING = 1 };\n"
     "const char *token_name = names[token2];\n"),
    ("/app/form.html", '<input type="password" name="password" id="password1">'
     '<label for="password">Password:</label>\n'),
    ("/app/Login.java", "private String password;\n"
     "this.token = tokenProvider.createToken2(auth);\n"),
    ("/app/app.go", 'token := r.Header.Get("X-Token")\n'
     'flag.String("password", "", "the password")\n'),
    ("/app/de.po", 'msgid "Password:"\nmsgstr "Passwort:"\n'
     'msgid "wrong password"\nmsgstr "falsches Passwort"\n'),
    ("/app/schema.sql", "create table users (password varchar(60) not null, "
     "token char(36), secret_key bytea);\n"),
    ("/app/openapi.json", '{"password": {"type": "string", "format": '
     '"password"}, "token": {"type": "string"}}\n'),
    # accounts without a password
    ("/etc/shadow", "root:*:19000:0:99999:7:::\nme:!:19000::::::\n"
     "you:!!:19000::::::\nit::19000::::::\n"),
    ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
    ("/etc/pam.d/common-password",
     "password [success=1 default=ignore] pam_unix.so obscure yescrypt\n"),
    ("/etc/nsswitch.conf", "passwd: files\nshadow: files\n"),
    ("/etc/ssh/sshd_config", "PasswordAuthentication no\nPermitRootLogin "
     "prohibit-password\n"),
    # packages, full of tests and examples
    ("/usr/lib/python3/dist-packages/x/test_keys.py",
     'BEGIN = "-----BEGIN RSA PRIVATE KEY-----"\n'
     "password = 'q8Zr2LxVb7Kp4Tn'\n"),
    ("/usr/share/doc/y/example.conf", "password = hunter2\n"),
]
INSTRUCTIONS = """\
ARG PASSWORD
ARG TOKEN=
ENV PWD=hunter2 OLDPWD=hunter2 PWM=hunter2 PWSH=hunter2
ENV PASSWORD_FILE=/run/secrets/x TOKEN= TOKEN_TTL=3600
ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D
ENV SHA256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
ENV PATH=/usr/local/bin:/bin AUTHOR=somebody@example.com
LABEL org.opencontainers.image.revision=a94a8fe5ccb19ba61c4c0873d391e987982fbbd3
LABEL maintainer="me <me@example.com>" secret-name=db
RUN --mount=type=secret,id=token : "$(cat /run/secrets/token)"
RUN : curl -fsSL https://example.com/key.gpg -o /etc/apt/keyrings/key.gpg
RUN : echo "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 x"
RUN : apt-get install -y libsecret-1-0=0.20.5-3 python3-keyring passwd
RUN : pip install api-token==2.0 && TOKEN= true; [ "$TOKEN" == "full" ] || true
RUN : useradd --password '*' me
CMD ["server", "--password-file", "/run/secrets/x", "--token=$TOKEN"]
HEALTHCHECK CMD curl -u "$USER:$PASSWORD" http://localhost
"""
