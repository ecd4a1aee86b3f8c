/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_files.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct identity {
	EVP_PKEY *key;
	X509 *certificate;
};

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

/* names NULL: an authority that signs itself. */
static struct identity make(const struct identity *issuer, const char *subject, const char *names)
{
	struct identity made = {EVP_EC_gen("P-256"), X509_new()};
	X509 *issued_by = issuer ? issuer->certificate : made.certificate;
	X509_NAME *name = X509_get_subject_name(made.certificate);
	static long serial = 1;

	X509_set_version(made.certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), serial++);
	X509_gmtime_adj(X509_getm_notBefore(made.certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(made.certificate), 3600);
	X509_set_pubkey(made.certificate, made.key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)subject, -1, -1,
				   0);
	X509_set_issuer_name(made.certificate, X509_get_subject_name(issued_by));
	if (names)
		add_extension(made.certificate, issued_by, NID_subject_alt_name, names);
	else
		add_extension(made.certificate, issued_by, NID_basic_constraints,
			      "critical,CA:TRUE");
	X509_sign(made.certificate, issuer ? issuer->key : made.key, EVP_sha256());
	return made;
}

static void drop(struct identity *identity)
{
	EVP_PKEY_free(identity->key);
	X509_free(identity->certificate);
}

static bool save_certificate(const char *path, X509 *certificate)
{
	FILE *file = fopen(path, "we");
	bool saved = file && PEM_write_X509(file, certificate);

	return file && fclose(file) == 0 && saved;
}

static bool save_key(const char *path, EVP_PKEY *key)
{
	FILE *file = fopen(path, "we");
	bool saved = file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);

	return file && fclose(file) == 0 && saved;
}

static void name_files(struct tls_files *files)
{
	snprintf(files->ca, sizeof(files->ca), "%s/ca.crt", files->dir);
	snprintf(files->other, sizeof(files->other), "%s/other.crt", files->dir);
	snprintf(files->cert, sizeof(files->cert), "%s/tls.crt", files->dir);
	snprintf(files->key, sizeof(files->key), "%s/tls.key", files->dir);
	snprintf(files->client_cert, sizeof(files->client_cert), "%s/client.crt", files->dir);
	snprintf(files->client_key, sizeof(files->client_key), "%s/client.key", files->dir);
}

bool tls_files_create(struct tls_files *files, const char *names)
{
	struct identity ca = make(NULL, "test authority", NULL);
	struct identity other = make(NULL, "other authority", NULL);
	struct identity server = make(&ca, "server", names);
	struct identity client = make(&ca, "client", "DNS:client.test");
	bool saved;

	snprintf(files->dir, sizeof(files->dir), "/tmp/redis-election-tls-XXXXXX");
	saved = mkdtemp(files->dir) != NULL;
	name_files(files);
	saved = saved && save_certificate(files->ca, ca.certificate) &&
		save_certificate(files->other, other.certificate) &&
		save_certificate(files->cert, server.certificate) &&
		save_key(files->key, server.key) &&
		save_certificate(files->client_cert, client.certificate) &&
		save_key(files->client_key, client.key);
	drop(&ca);
	drop(&other);
	drop(&server);
	drop(&client);
	return saved;
}

void tls_files_remove(struct tls_files *files)
{
	unlink(files->ca);
	unlink(files->other);
	unlink(files->cert);
	unlink(files->key);
	unlink(files->client_cert);
	unlink(files->client_key);
	rmdir(files->dir);
}
