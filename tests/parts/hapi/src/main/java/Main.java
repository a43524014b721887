import ca.uhn.fhir.batch2.api.IJobMaintenanceService;
import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.provider.ValueSetOperationProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.match.config.SubscriptionProcessorConfig;
import ca.uhn.fhir.jpa.subscription.match.deliver.email.IEmailSender;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.jpa.util.LoggingEmailSender;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.SearchTotalModeEnum;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.AuthenticationException;
import ca.uhn.fhir.rest.server.interceptor.RequestValidatingInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.validation.IInstanceValidatorModule;
import jakarta.persistence.EntityManagerFactory;
import jakarta.servlet.http.HttpServletRequest;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.hl7.fhir.dstu2.model.Subscription;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.PlatformTransactionManager;

import javax.sql.DataSource;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * "The hospital": a complete HAPI FHIR R4 JPA server in one process, for tests. Listens on 127.0.0.1 only and makes no
 * outgoing connection of its own (except to the end points of Subscriptions that a client creates).
 *
 * <pre>
 * --port N             default 18080
 * --db FILE            H2 file database FILE.mv.db (absolute path, or starting with ./); default: in memory
 * --write-delay MS     H2 commit delay of a file database; default 0: what was answered survives kill -9
 * --page-size N        default page size (HAPI: 10)       --max-page-size N   ceiling of _count (default 1000)
 * --total MODE         none | accurate | estimated: Bundle.total when the client does not ask (HAPI: only if it is cheap)
 * --search-cache MS    reuse of the result of an identical search (HAPI: 60000!), 0 = never
 * --basic USER:PASS    everything but /metadata wants HTTP Basic
 * --validate           full profile validation of every written resource (422)
 * --strict             strict parser: unknown elements etc. are refused (400)
 * --any-ids            client ids made of digits only are allowed too (HAPI: refused)
 * --no-client-ids      PUT to an id that is not there is refused (404): the server gives all ids
 * --no-references      no referential integrity on write
 * --no-transactions    no transaction / batch (nor in the CapabilityStatement)
 * --log LEVEL          error (default), warn, info, debug; on stderr
 * --stop-on-eof        ends as soon as its stdin is closed: no orphans when the test run dies
 * </pre>
 */
public class Main {
	private static final Map<String, String> OPT = new HashMap<>();
	private static String base;

	static boolean has(String key) { return OPT.containsKey(key); }

	static String opt(String key, String otherwise) { return OPT.getOrDefault(key, otherwise); }

	static int num(String key, int otherwise) { return has(key) ? Integer.parseInt(opt(key, "")) : otherwise; }

	public static void main(String[] args) {
		for (int i = 0; i < args.length; i++) {
			boolean hasValue = i + 1 < args.length && !args[i + 1].startsWith("--");
			OPT.put(args[i].substring(2), hasValue ? args[++i] : "true");
		}
		// both before the first logger is made
		System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", opt("log", "error"));
		System.setProperty("org.jboss.logging.provider", "slf4j");
		if (!has("log")) { // these log as errors what is an answer like any other: 409 for racing clients, 401
			System.setProperty("org.slf4j.simpleLogger.log.org.hibernate.engine.jdbc.spi.SqlExceptionHelper", "off");
			System.setProperty("org.slf4j.simpleLogger.log.ca.uhn.fhir.interceptor.executor.BaseInterceptorService", "off");
		}
		base = "http://127.0.0.1:" + num("port", 18080) + "/fhir";
		try {
			if (has("stop-on-eof")) {
				Thread watch = new Thread(Main::haltOnEof, "stdin");
				watch.setDaemon(true);
				watch.start();
			}
			ApplicationContext spring = new AnnotationConfigApplicationContext(Config.class);
			serve(spring);
			hurryBatchJobs(spring.getBean(IJobMaintenanceService.class));
			awaitFirstAnswer();
			System.out.println("READY " + base);
			System.out.flush();
		} catch (Throwable e) { // Spring, Quartz and Jetty leave non-daemon threads behind: without exit() the JVM would hang
			e.printStackTrace();
			System.exit(1);
		}
	}

	private static void haltOnEof() {
		try {
			while (System.in.read() >= 0) { /* nothing is expected there */ }
		} catch (java.io.IOException e) { /* closed: the same */ }
		Runtime.getRuntime().halt(0);
	}

	private static void serve(ApplicationContext spring) throws Exception {
		FhirContext context = spring.getBean(FhirContext.class);
		if (has("strict")) context.setParserErrorHandler(new StrictErrorHandler());

		RestfulServer fhir = new RestfulServer(context) {
			@Override
			protected void initialize() {
				setDefaultResponseEncoding(EncodingEnum.JSON);
				setServerAddressStrategy(new HardcodedServerAddressStrategy(base));

				registerProviders(spring.getBean("myResourceProvidersR4", ResourceProviderFactory.class).createProviders());
				if (!has("no-transactions")) registerProvider(spring.getBean(JpaSystemProvider.class));
				registerProvider(spring.getBean(BulkDataExportProvider.class));
				registerProvider(spring.getBean(ValueSetOperationProvider.class));

				DatabaseBackedPagingProvider paging = spring.getBean(DatabaseBackedPagingProvider.class);
				paging.setMaximumPageSize(num("max-page-size", 1000));
				if (has("page-size")) paging.setDefaultPageSize(num("page-size", 10));
				setPagingProvider(paging);

				setServerConformanceProvider(new JpaCapabilityStatementProvider(this, spring.getBean(IFhirSystemDao.class),
					spring.getBean(JpaStorageSettings.class), spring.getBean(ISearchParamRegistry.class), spring.getBean(IValidationSupport.class)));

				if (has("basic")) registerInterceptor(new BasicAuth(opt("basic", "")));
				if (has("validate")) {
					RequestValidatingInterceptor validating = new RequestValidatingInterceptor();
					validating.addValidatorModule(spring.getBean(IInstanceValidatorModule.class));
					registerInterceptor(validating);
				}
			}
		};

		Server jetty = new Server(new QueuedThreadPool(40));
		ServerConnector connector = new ServerConnector(jetty);
		connector.setHost("127.0.0.1");
		connector.setPort(num("port", 18080));
		jetty.addConnector(connector);
		ServletHolder holder = new ServletHolder(fhir);
		holder.setInitOrder(1); // RestfulServer.init() now, not at the first request
		ServletContextHandler root = new ServletContextHandler("/");
		root.addServlet(holder, "/fhir/*");
		jetty.setHandler(root);
		jetty.start();
	}

	/** HAPI looks after its batch jobs once a minute, so an $export of ten resources takes minutes: once a second here. */
	private static void hurryBatchJobs(IJobMaintenanceService jobs) {
		Executors.newSingleThreadScheduledExecutor(r -> {
			Thread t = new Thread(r, "batch jobs");
			t.setDaemon(true);
			return t;
		}).scheduleWithFixedDelay(() -> {
			try {
				jobs.runMaintenancePass();
			} catch (RuntimeException e) { /* the next pass will do; an exception would end the schedule */ }
		}, 1, 1, TimeUnit.SECONDS);
	}

	/** One request through the whole stack down to the database. */
	private static void awaitFirstAnswer() throws Exception {
		HttpURLConnection c = (HttpURLConnection) URI.create(base + "/Patient/not-there").toURL().openConnection(java.net.Proxy.NO_PROXY);
		if (c.getResponseCode() != 404 && c.getResponseCode() != 401) throw new IllegalStateException("first answer: " + c.getResponseCode());
	}

	@Interceptor
	public static class BasicAuth {
		private final String want;

		BasicAuth(String userPass) { want = "Basic " + Base64.getEncoder().encodeToString(userPass.getBytes(StandardCharsets.UTF_8)); }

		@Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_PROCESSED)
		public void check(HttpServletRequest request) {
			if ("/metadata".equals(request.getPathInfo()) || want.equals(request.getHeader("Authorization"))) return;
			throw new AuthenticationException("wrong or no credentials").addAuthenticateHeaderForRealm("hospital");
		}
	}

	@Configuration
	@Import({JpaR4Config.class, HapiJpaConfig.class, ThreadPoolFactoryConfig.class, // storage, DAOs, providers, validation
		JpaBatch2Config.class, Batch2JobsConfig.class, // batch jobs: $export, $reindex, $delete-expunge
		SubscriptionSubmitterConfig.class, SubscriptionProcessorConfig.class, SubscriptionChannelConfig.class}) // also carries the broker of batch2
	public static class Config {
		@Bean
		public JpaStorageSettings storageSettings() {
			JpaStorageSettings s = new JpaStorageSettings();
			s.setTreatBaseUrlsAsLocal(Set.of(base));
			if (has("total")) s.setDefaultTotalMode(SearchTotalModeEnum.valueOf(opt("total", "").toUpperCase()));
			if (has("search-cache")) s.setReuseCachedSearchResultsForMillis(num("search-cache", 0) > 0 ? Long.valueOf(num("search-cache", 0)) : null);
			if (has("any-ids")) s.setResourceClientIdStrategy(JpaStorageSettings.ClientIdStrategyEnum.ANY);
			if (has("no-client-ids")) s.setResourceClientIdStrategy(JpaStorageSettings.ClientIdStrategyEnum.NOT_ALLOWED);
			s.setJobFastTrackingEnabled(true); // batch jobs: go on to the next step at once
			s.setEnforceReferentialIntegrityOnWrite(!has("no-references"));
			return s;
		}

		@Bean
		public PartitionSettings partitionSettings() { return new PartitionSettings(); }

		@Bean
		public SubscriptionSettings subscriptionSettings() {
			SubscriptionSettings s = new SubscriptionSettings();
			s.addSupportedSubscriptionType(Subscription.SubscriptionChannelType.RESTHOOK);
			s.setSubscriptionIntervalInMs(1000); // HAPI: 5000
			return s;
		}

		@Bean
		public IEmailSender emailSender() { return new LoggingEmailSender(); }

		@Bean(destroyMethod = "close")
		public DataSource dataSource() {
			BasicDataSource d = new BasicDataSource();
			String where = has("db") ? "file:" + opt("db", "") + ";WRITE_DELAY=" + num("write-delay", 0) : "mem:hospital;DB_CLOSE_DELAY=-1";
			d.setUrl("jdbc:h2:" + where + ";DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=20000;TRACE_LEVEL_FILE=0");
			d.setUsername("sa");
			d.setPassword("");
			d.setMaxTotal(60);
			return d;
		}

		@Bean
		public LocalContainerEntityManagerFactoryBean entityManagerFactory(ConfigurableListableBeanFactory beans, DataSource source, FhirContext context, JpaStorageSettings settings) {
			LocalContainerEntityManagerFactoryBean factory = HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, context, settings);
			factory.setPersistenceUnitName("hospital");
			factory.setDataSource(source);
			Properties p = new Properties();
			p.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
			p.put("hibernate.hbm2ddl.auto", "update"); // creates the schema; leaves one that is there alone
			p.put("hibernate.search.enabled", "false"); // no Lucene, no Elasticsearch
			p.put("hibernate.cache.use_query_cache", "false");
			p.put("hibernate.cache.use_second_level_cache", "false");
			factory.setJpaProperties(p);
			return factory;
		}

		// the repositories ask for "transactionManager" by name
		@Bean(name = {"transactionManager", "hapiTransactionManager"})
		@Primary
		public PlatformTransactionManager transactionManager(EntityManagerFactory factory) { return new JpaTransactionManager(factory); }
	}
}
