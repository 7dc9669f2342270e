extension PostgresStore {
  /// Writes the statements that make the databases, without their contents: settings whose value is a list are not quoted.
  static let databaseSettings = """
    WITH d AS (SELECT d.*, pg_get_userbyid(datdba) AS owner FROM pg_database d WHERE datallowconn AND NOT datistemplate),
    s AS (SELECT setdatabase, setrole, n, split_part(c, '=', 1) AS name, substr(c, position('=' in c) + 1) AS value
      FROM pg_db_role_setting, unnest(setconfig) WITH ORDINALITY AS u(c, n) WHERE setdatabase <> 0),
    statements AS (
      SELECT 1 AS step, 0 AS n, datname, format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L;',
        datname, pg_encoding_to_char(encoding), datcollate, datctype) AS sql FROM d
      UNION ALL SELECT 2, 0, datname, format('ALTER DATABASE %I OWNER TO %I;', datname, owner) FROM d
      UNION ALL SELECT 3, 0, datname, format('REVOKE ALL ON DATABASE %I FROM PUBLIC;', datname) FROM d WHERE datacl IS NOT NULL
      UNION ALL SELECT 4, 0, datname, format('GRANT %s ON DATABASE %I TO %s%s;', a.privilege_type, datname,
        CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
        CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM d, aclexplode(d.datacl) a
      UNION ALL SELECT 5, n, datname, format('ALTER %s SET %I TO %s;',
        CASE WHEN setrole = 0 THEN format('DATABASE %I', datname)
          ELSE format('ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), datname) END, name,
        CASE WHEN name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
          THEN value ELSE quote_literal(value) END) FROM d JOIN s ON s.setdatabase = d.oid)
    SELECT sql FROM statements ORDER BY datname, step, n, sql
    """

  /// Ends the sessions of a database and begins a transaction that removes all that users have made in it.
  ///
  /// A dump presumes the schema `public` as initdb makes it.
  static let emptyDatabase = """
    SET client_min_messages = error;
    SET lock_timeout = '60s';
    SET statement_timeout = 0;
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
    BEGIN;
    DO $vitals$
    DECLARE name text;
    BEGIN
      FOR name IN SELECT evtname FROM pg_event_trigger LOOP EXECUTE format('DROP EVENT TRIGGER %I', name); END LOOP;
      FOR name IN SELECT pubname FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', name); END LOOP;
      FOR name IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP
        EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', name);
      END LOOP;
      FOR name IN SELECT fdwname FROM pg_foreign_data_wrapper LOOP
        EXECUTE format('DROP FOREIGN DATA WRAPPER %I CASCADE', name);
      END LOOP;
      FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
      END LOOP;
      PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
      CREATE SCHEMA public;
      IF current_setting('server_version_num')::int >= 150000 THEN
        ALTER SCHEMA public OWNER TO pg_database_owner;
        GRANT USAGE ON SCHEMA public TO PUBLIC;
      ELSE
        GRANT ALL ON SCHEMA public TO PUBLIC;
      END IF;
      COMMENT ON SCHEMA public IS 'standard public schema';
    END
    $vitals$;
    """
}
